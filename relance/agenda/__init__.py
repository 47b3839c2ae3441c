"""What a salesperson must do or know: tasks, calls, cases, notes, and the calendar feed of them (REC-09, API-05)."""
