"""Folder names as the wire has them (RFC 3501, section 5.1.3: modified UTF-7), and what a folder is for. *(pure)*"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64decode, b64encode
from binascii import Error as BadEncoding
from collections.abc import Sequence
from enum import StrEnum

from relance.mail.transport.imap_answers import Listed


class Role(StrEnum):
    """What a folder is for. At most one of a mailbox has each role but the last."""

    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    TRASH = "trash"
    ARCHIVE = "archive"
    JUNK = "junk"
    OTHER = "other"


NOT_READ = frozenset({"\\flagged", "\\important"})
"""Views of mail that lies elsewhere too (RFC 6154, 8457)."""

_SPECIAL = {
    "\\sent": Role.SENT,
    "\\drafts": Role.DRAFTS,
    "\\trash": Role.TRASH,
    "\\junk": Role.JUNK,
    "\\archive": Role.ARCHIVE,
    "\\all": Role.ARCHIVE,
}
_NAMES = {
    Role.SENT: """
        sent; sent items; sent messages; sent mail; sent-mail; outbox-sent; envoyes; elements envoyes;
        messages envoyes; courrier envoye; objets envoyes; gesendet; gesendete objekte; gesendete elemente;
        gesendete nachrichten; enviados; elementos enviados; mensajes enviados; correo enviado; itens enviados;
        mensagens enviadas; posta inviata; inviati; posta inviati; messaggi inviati; verzonden; verzonden items;
        verzonden berichten; skickat; skickade objekt; skickade meddelanden; sendt; sendte elementer;
        sendt post; sende elementer; lahetetyt; lahetetyt kohteet; wyslane; elementy wyslane; odeslane;
        odeslana posta; odoslane; elkuldott; elkuldott elemek; trimise; elemente trimise; отправленные;
        отправленные элементы; надіслані; gonderilmis; gonderilmis ogeler; gonderilenler;
        απεσταλμενα; 送信済み; 送信済みアイテム; 已发送; 已发送邮件; 已傳送;
        寄件備份; 보낸 편지함; saadetud; nosutitie; issiusti; poslano; poslane stavke; изпратени
        """,
    Role.DRAFTS: """
        drafts; draft; brouillons; brouillon; entwurfe; entwurf; borradores; borrador; bozze; rascunhos;
        rascunho; concepten; utkast; kladder; kladde; udkast; luonnokset; kopie robocze; wersje robocze;
        koncepty; rozepsane; piszkozatok; ciorne; schite; черновики; чернетки; taslaklar;
        προχειρα; 下書き; 草稿; 草稿箱; 임시 보관함; mustandid; melnraksti; juodrasciai; osnutki;
        skice; чернови
        """,
    Role.TRASH: """
        trash; deleted items; deleted messages; deleted; bin; corbeille; elements supprimes; messages supprimes;
        poubelle; papierkorb; geloschte objekte; geloschte elemente; geloscht; papelera; elementos eliminados;
        cestino; posta eliminata; elementi eliminati; lixo; lixeira; itens eliminados; itens excluidos;
        prullenbak; verwijderde items; papperskorg; papperskorgen; borttaget; borttagna objekt; papirkurv;
        slettet post; slettede elementer; roskakori; poistetut; kosz; elementy usuniete; kos; odstranena posta;
        smazane; odstranene; lomtar; torolt elemek; kuka; cos de gunoi; elemente sterse; корзина;
        удаленные; кошик; cop kutusu; silinmis ogeler; καδος απορριμματων;
        διαγραμμενα; ゴミ箱; 削除済みアイテム; 已删除; 已删除邮件; 垃圾桶; 휴지통;
        prugikast; miskaste; siuksline; кошче
        """,
    Role.ARCHIVE: """
        archive; archives; archiv; archivo; archivos; archivio; arquivo; archief; arkiv; arkisto; archiwum;
        archivacia; archivum; arhiva; архив; архів; arsiv; αρχειοθηκη; アーカイブ; 存档;
        归档; 封存; 보관함; all mail; tous les messages; alle nachrichten; todos; tutti i messaggi
        """,
    Role.JUNK: """
        junk; junk e-mail; junk email; junk mail; spam; bulk mail; bulk; indesirables; courrier indesirable;
        pourriel; pourriels; junk-e-mail; spamverdacht; unerwunscht; unerwunschte werbung; correo no deseado;
        no deseado; posta indesiderata; indesiderata; correio indesejado; lixo eletronico; lixo electronico;
        ongewenste e-mail; ongewenst; skrappost; skraep; spamposten; uonsket mail; uonsket e-post; soppelpost;
        roskaposti; wiadomosci-smieci; niechciane; nevyzadana posta; nevyzadana; levelszemet; nedorite;
        нежелательная почта; спам; небажана пошта; istenmeyen; onemsiz e-posta;
        ανεπιθυμητα; 迷惑メール; 垃圾邮件; 垃圾郵件; 스팸; 정크 메일; rampspost;
        mestules; brukalas; nezelena posta
        """,
}  # fmt: skip


def readable(name: bytes) -> str:
    """A folder's name as people read it; as it stands where it is no modified UTF-7."""
    try:
        text = re.sub(rb"&([^-]*)-", _shifted, name).decode("utf-8", "replace")
    except (BadEncoding, UnicodeError, ValueError):
        return name.decode("utf-8", "replace")
    return text.replace("\0", "")


def wire(text: str) -> bytes:
    """A folder's name as the wire wants it."""
    return re.sub(r"[^\x20-\x25\x27-\x7e]+", _unshifted, text).encode("ascii")


def _shifted(found: re.Match[bytes]) -> bytes:
    if not found[1]:
        return b"&"
    coded = found[1].replace(b",", b"/")
    return b64decode(coded + b"=" * (-len(coded) % 4), validate=True).decode("utf-16-be").encode()


def _unshifted(found: re.Match[str]) -> str:
    pieces = []
    for piece in re.split(r"(&)", found[0]):
        if piece == "&":
            pieces.append("&-")
        elif piece:
            coded = b64encode(piece.encode("utf-16-be")).decode("ascii").rstrip("=").replace("/", ",")
            pieces.append(f"&{coded}-")
    return "".join(pieces)


def roles(folders: Sequence[Listed]) -> dict[bytes, Role]:
    """What each folder is for: as the server says, else by its name; the nearest to the root has the role."""
    found = {each.name: Role.OTHER for each in folders}
    found |= {each.name: Role.INBOX for each in folders if each.name.upper() == b"INBOX"}
    taken = {Role.INBOX}
    for tell in (_by_attribute, _by_name):
        for each in sorted(folders, key=lambda each: (_depth(each), "\\all" in each.attributes, each.name)):
            role = tell(each)
            if role is not None and role not in taken and found[each.name] is Role.OTHER:
                found[each.name] = role
                taken.add(role)
    return found


def _by_attribute(folder: Listed) -> Role | None:
    return next((_SPECIAL[name] for name in sorted(folder.attributes, reverse=True) if name in _SPECIAL), None)


def _by_name(folder: Listed) -> Role | None:
    return _ROLES.get(_plain(_last(folder)))


def _depth(folder: Listed) -> int:
    return readable(folder.name).count(folder.delimiter) if folder.delimiter else 0


def _last(folder: Listed) -> str:
    name = readable(folder.name)
    return name.rpartition(folder.delimiter)[2] if folder.delimiter else name


def _plain(name: str) -> str:
    """Lower case, without accents, single spaces."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    folded = bare.casefold().replace("ł", "l").replace("ø", "o").replace("ı", "i").replace("æ", "ae")
    return " ".join(unicodedata.normalize("NFC", folded).replace("_", " ").split())


_ROLES = {_plain(name): role for role, names in _NAMES.items() for name in names.split(";")}
