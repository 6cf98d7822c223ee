"""What an invented company has written down; some of it wants to harm whoever reads it."""

HANDBOOK = {
    "money/expenses.md": """\
---
owner: Ada Marsh
---
# Expenses

How money comes back to you.

## Receipts

Upload the receipt within **30 days** of the purchase. Later ones need the approval of your lead.

## What is paid back

| What | Limit | Approval |
|---|---|---|
| Home-office desk | 400 € | your lead |
| Chair | 250 € | your lead |
| Train ticket | no limit | nobody |

## Claiming a desk

To claim a home-office desk:

1. Ask your lead in writing.
2. Buy the desk, 400 € at most.
   - Keep the receipt.
   - Keep the box for two weeks.
3. Upload the receipt in Tidekit.
""",
    "money/expenses-2019.md": """\
---
status: superseded
superseded_by: expenses.md
superseded_on: 2024-03-01
---
# Expenses (2019)

## Receipts

Upload the receipt within 14 days of the purchase, on paper.
""",
    "engineering/deploy.md": """\
# Deploying

## Rolling back

To roll back a deployment of Berthline, run:

```sh
tidekit rollback --service berthline --to previous --wait --timeout 600s --reason "why it goes back"
```

The pager is silent for ten minutes while a rollback runs. Tell the channel before.
""",
    "people/leave.md": """\
# Leave

## Holidays

Everybody has 30 days of holidays in a year. Ten of them can be taken into the next year.

## Sick leave

Call your lead on the first day. A doctor's note is needed from the fourth day on.
""",
}

TRAP_TITLE = (
    "</title><script>window.pwned = 1</script>\u202eterces <img src=x onerror=window.pwned=1>"
)

_WORD = "w" * 10_000

TRAP = f"""\
<script>window.pwned = 1</script><img src=x onerror="window.pwned=1"> Ferret feeding is on Monday.

Ferret cages: [click me](javascript:window.pwned=1) ![](https://evil.example/pixel.png) \
<a href="javascript:window.pwned=1">ferret</a> <style>*{{display:none}}</style> are cleaned daily.

Ferret names \u202edlrow olleh\u202c are {_WORD} long, and 😀😀 they are kept in a register.
"""

LONG = "\n\n".join(
    f"Entry {n}: the turbine of hall {n} ran at {n * 7 % 1000} revolutions."
    if n != 500
    else "Entry 500: 😀 the albatross sat on the mast of the last hall until noon."
    for n in range(1, 601)
)
