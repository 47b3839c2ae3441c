"""`python -m relance.mail.transport.fake [--port N]`: a relay that accepts everything and says so."""

from __future__ import annotations

import argparse
import threading

from relance.mail.transport.fake import FakeRelay, Mail


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="An SMTP server on loopback that keeps all mail to itself.")
    parser.add_argument("--port", type=int, default=2525)
    with FakeRelay(port=parser.parse_args().port, on_mail=_tell) as relay:
        print(f"Listening on {relay.host}:{relay.port}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{len(relay.mails)} mails")


def _tell(mail: Mail) -> None:
    print(mail.number, mail.recipient, mail.message_id, len(mail.content), flush=True)


if __name__ == "__main__":
    main()
