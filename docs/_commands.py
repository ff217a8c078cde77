"""``commands.md``: the grammar of what agents write, with the commands from `shared.speech` and their texts from the catalogue."""

from shared.speech import COMMANDS, LONGEST, MOST, Form
from shared.speech.parsing import BROKEN_AT
from shared.texts import LANGUAGES, text

_PAGE = """\
# Commands

Agents write the same everywhere: in answers to notifications by mail, Telegram, SMS and WhatsApp, in the desk's
composer, and by `POST /api/v1/tickets/{{number}}/say`. A line that begins with `#` or `/` and, directly behind it, a
command's word is a command; everything else is the answer to the customer, or a note where the notification was one.

```
Dear Ana, the new pump is on its way.

#note
She was rather upset on the telephone.
#snooze until friday 9:00
```

sends the first line to Ana on her channel, keeps the note, and puts the ticket off. Words may be English, Polish or
Croatian, in any case, with or without diacritics (`#rozwiaz`); the name in the first column is the same in every
language.

| command | is also known as | does |
|---|---|---|
{table}

- **A ticket** may be named behind the command: `#take T-1002`. Without one it is the ticket that is talked about. What
  stands directly behind the command and looks like a ticket's number is always that, also in front of a text.
- **Names** may be abbreviated as long as only one begins so (`#assign pio`, `#category bill`). Names of several words
  stand in quotation marks where something follows them. `#assign me` and `#take` are the same.
- **Text** (note, solve, forward, side, action, promise) is the rest of the line; if that is empty, the lines below
  it, up to the next command. A line of {broken} characters or more goes on in the line directly below it, because
  mail programs break long lines: leave an empty line between a note and the answer.
- **Times** are on the clock of the agent's working hours, else the company's: `2h`, `3d`, `1h30m`, `tomorrow 9:00`,
  `monday`, `friday 17:00`, `17:00`, `2026-03-05 14:00`, `5.3. 8:00`, `5 March`, and the same in Polish and Croatian
  (`jutro o 9`, `do piątku`, `sutra u 17.30`). A day alone is its morning (9:00); in a promise its end (17:00). What
  can be read in two ways (`05.03`) is asked about.
- **Order**: the answer goes out first, then commands are done one after the other. What cannot be done ends it there;
  the rest is reported as not done. `#solve` below an answer needs no summary, and the customer is told once.
- **Files** go with the answer or the note; where there are only commands, with the first one that takes any (note,
  forward, side), else into a note of their own. Nothing is sent to a customer to whom nothing was written.
- **Rights** are those of the agent's role in our records. An auditor may ask for `#status` and `#help`.

## Mistakes

With any mistake nothing is done and nothing is sent: the agent is told every mistake, what was probably meant, and
what is possible, in their language. That goes for unknown names, teams, categories and times, too.

A word with a mark in front of it that is no command is a mistake at the beginning, and directly below a command.
Further down it is one only if it is a command with a slip of the finger in it (`#slove`): ordinary lines may begin
with `#sale` or `/etc`. Paths (`/path/x`), numbers (`#1001`) and headings (`# heading`) are never commands. Who means
such a line as it stands doubles the mark: `##solve` is sent as `#solve`.

A text has at most {most} commands and {longest:,} characters.

## For composers

`GET /api/v1/commands` lists all commands with their words, forms and descriptions in every language. `POST …/say`
answers with the results one by one, with 422 and `mistakes` where something cannot be understood, and with 409 where
nothing could be done (`moved-on`: somebody has written since `seen_at`).
"""


def page() -> str:
    """The whole page."""
    table = "\n".join(map(_row, COMMANDS))
    return _PAGE.format(table=table, broken=BROKEN_AT, most=MOST, longest=LONGEST)


def _row(form: Form) -> str:
    first = [text(f"speech.form.{form.name}", language).split()[0] for language in LANGUAGES]
    others = [word for word in dict.fromkeys([*first, *form.words]) if word != form.name]
    known = ", ".join(f"`{word}`" for word in others) or "–"
    return f"| `#{text(f'speech.form.{form.name}', 'en')}` | {known} | {text(f'speech.what.{form.name}', 'en')} |"
