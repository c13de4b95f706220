# PostgreSQL as the official image has it, as far as compose.yaml uses it, for machines that can pull no image.
ARG BASE
FROM ${BASE}
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/* \
    && install --directory --owner=postgres --mode=700 /var/lib/postgresql/data \
    && ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/
ENV PGDATA=/var/lib/postgresql/data
USER postgres
VOLUME /var/lib/postgresql/data
EXPOSE 5432
CMD set -eu; \
    if [ ! -s "$PGDATA/PG_VERSION" ]; then \
        initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth=scram-sha-256; \
        echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"; \
        echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -D "$PGDATA" postgres; \
    fi; \
    exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp
