# What a test cluster has beside the suite: the stand-in for EventStoreDB, and a real Kafka. Nothing of this is for a hospital.
ARG SUITE
FROM ${SUITE}
USER root
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless && rm -rf /var/lib/apt/lists/*
COPY kafka /opt/kafka
COPY eventstoredb.js dist/
USER 1000:1000
