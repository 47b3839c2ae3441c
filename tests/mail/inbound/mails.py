"""Mails as they come in, made by hand."""


def mail(subject="Re: Votre étude", body="Bonjour, merci.", sender="Eve <eve@rouviere.example>", **headers):
    lines = {"From": sender, "To": "claire@helionne.example", "Subject": subject, "Message-ID": "<a@rouviere.example>"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{name}: {value}\n" for name, value in lines.items()).encode() + b"\n" + body.encode()


def report(
    action, status, diagnostic="smtp; 550 5.1.1 No such user", recipient="eve@rouviere.example", returned="", **headers
):
    return mail(
        "Undelivered Mail Returned to Sender",
        "--x\nContent-Type: text/plain\n\nThis is the mail system.\n\n"
        "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {diagnostic}\n\n"
        "--x\nContent-Type: text/rfc822-headers\n\n"
        f"{returned or 'Message-ID: <m@helionne.example>'}\nTo: {recipient}\n\n--x--\n",
        sender="MAILER-DAEMON@mx.example",
        Content_Type="multipart/report; report-type=delivery-status; boundary=x",
        **headers,
    )
