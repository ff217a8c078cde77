"""format=flowed (RFC 3676): soft line breaks taken out again."""


def unflow(text: str, delete_space: bool) -> str:
    """Join flowed lines of the same quote depth; `delete_space` is the DelSp parameter."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        signature = content == "-- "
        if open_depth == depth and not signature:
            out[-1] += content
        else:
            out.append((">" * depth + (" " if depth and content else "")) + content)
        if content.endswith(" ") and not signature:
            open_depth = depth
            if delete_space:
                out[-1] = out[-1][:-1]
        else:
            open_depth = -1
    return "\n".join(out)
