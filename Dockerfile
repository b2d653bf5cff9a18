# The worker's image: the binary, Node for the projects that it verifies, and bubblewrap for the sandbox.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock build.rs ./
COPY src src
COPY templates templates
COPY agents agents
RUN cargo build --release --locked

FROM node:20-bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends bubblewrap ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /var/lib/samokoder samokoder
COPY --from=build /src/target/release/samokoder /usr/local/bin/samokoder
USER samokoder
WORKDIR /var/lib/samokoder
ENTRYPOINT ["samokoder"]
CMD ["doctor"]
