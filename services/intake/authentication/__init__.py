"""Who a mail is really from: what trusted relays found out, and our own checks of SPF, DKIM and DMARC."""
