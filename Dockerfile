# One image for every service and for the bus: nats-server comes from a wheel, pinned like everything else.
FROM python:3.11-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/trunkline
WORKDIR /src
# Dependencies first: they change less often than the code, and their layer is kept.
COPY constraints.txt pyproject.toml README.md ./
RUN mkdir services shared && touch services/__init__.py shared/__init__.py \
    && /opt/trunkline/bin/pip install --constraint constraints.txt .
COPY services services
COPY shared shared
RUN /opt/trunkline/bin/pip install --constraint constraints.txt --no-deps --force-reinstall .

FROM python:3.11-slim-trixie
RUN groupadd --gid 10001 trunkline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin trunkline \
    && install --directory --owner=trunkline --group=trunkline --mode=0700 /data
COPY --from=build /opt/trunkline /opt/trunkline
COPY deploy/nats_node.py deploy/probe.py /app/deploy/
ENV PATH=/opt/trunkline/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TRUNKLINE_DATA=/data
# Fails here rather than at a customer's: the command, the bus's binary and the zones that working hours are given in.
RUN trunkline --version && nats-server --version && python -c "import zoneinfo; zoneinfo.ZoneInfo('Europe/Warsaw')"
WORKDIR /app
USER 10001:10001
EXPOSE 2525 8080 8081
CMD ["trunkline", "--help"]
