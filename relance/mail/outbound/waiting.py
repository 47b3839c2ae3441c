"""Leased recipients that wait for a connection: the most urgent first, in the order of their coming."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

from relance.mail.outbound.due import Due


class Waiting:
    """The queue between a lane's feeder and its talkers."""

    def __init__(self) -> None:
        self._queues: dict[int, deque[Due]] = {}
        self._of_message: Counter[int] = Counter()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def messages(self) -> set[int]:
        """The messages of which copies wait."""
        return {message_id for message_id, waiting in self._of_message.items() if waiting}

    @property
    def urgency(self) -> int | None:
        """The priority of the next one."""
        return next((priority for priority, queue in self._queues.items() if queue), None)

    def put(self, due: Due) -> None:
        """One more."""
        if due.mail.priority not in self._queues:
            self._queues[due.mail.priority] = deque()
            self._queues = dict(sorted(self._queues.items()))
        self._queues[due.mail.priority].append(due)
        self._of_message[due.message_id] += 1
        self._length += 1

    def take(self) -> Due | None:
        """The next one."""
        for queue in self._queues.values():
            if queue:
                due = queue.popleft()
                self._of_message[due.message_id] -= 1
                self._length -= 1
                return due
        return None

    def take_out(self, which: Callable[[Due], bool]) -> list[Due]:
        """Remove these; the others keep their places."""
        every = [due for queue in self._queues.values() for due in queue]
        self._queues.clear()
        self._of_message.clear()
        self._length = 0
        taken = []
        for due in every:
            if which(due):
                taken.append(due)
            else:
                self.put(due)
        return taken
