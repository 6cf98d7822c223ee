# One image, one process: the service with its index in the volume /data.
FROM python:3.11-slim

# CPU builds of torch: the default ones bring gigabytes of CUDA.
ARG TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu

RUN apt-get update \
    && apt-get install --yes --no-install-recommends git openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 answerable \
    && install --directory --owner answerable /data

WORKDIR /app
COPY constraints.txt pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX_URL" torch==2.13.0
COPY . .
RUN pip install --no-cache-dir --constraint constraints.txt .

USER answerable
ENV ANSWERABLE_INDEX__DATA_DIR=/data \
    ANSWERABLE_SERVICE__HOST=0.0.0.0 \
    ANSWERABLE_SERVICE__AUTH__KEYS=true \
    HF_HUB_OFFLINE=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["answerable", "serve", "--config", "/app/config.yaml"]
