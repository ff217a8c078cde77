"""The agents' lane of what comes in: who speaks, whether they are believed, for which ticket it is, and what becomes of it.

What comes from an agent's proven point, or to an address that was signed for an agent, is never a customer's. It is believed or refused by
our records alone, and put down as *spoken* either way. What is believed and certain is handed on as one command (`Say`), which the router's
service has done after the commit (`services.router.spoken`); what is not certain is held until the agent says that it is meant. Whatever
comes of it is echoed to them, by the way they used.

- `asking`: what a message claims, before any fact is asked; `hearing`: what everything below shares;
- `mailed` and `texted`: who is believed, by mail and from a telephone or Telegram, and which ticket is meant;
- `saying`, `holding`, `refusing`: what becomes of it; `echoing`: what the agent is told; `settling`: once it was done;
- `expiring`: what nobody confirmed.

How it is believed, and why so, is in docs/decisions/0040-agents-speaking.md. An agent who writes as a customer does so from elsewhere.
"""
