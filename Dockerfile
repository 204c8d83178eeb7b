# Builds the three programs and the godoc data set and copies them to an empty image.
FROM golang:1.26-alpine AS build
LABEL braid.stage=build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /image/bin/ ./cmd/...
# Build the data set of the default job here: it needs a Go installation, which the final image lacks.
RUN /image/bin/braid data godoc /image/data/godoc && \
    mkdir -p /image/jobs /image/runs /image/cache /image/tmp && cp examples/*.yaml /image/jobs/ && \
    files=$(for split in train dev test; do echo -n ", $split: ../data/godoc/$split.jsonl"; done) && \
    sed -i "s|{format: godoc}|{format: jsonl, tokens: tokens$files}|" /image/jobs/godoc.yaml && \
    grep -q 'format: jsonl' /image/jobs/godoc.yaml && \
    chown -R 65532:65532 /image/runs /image/cache && chmod 1777 /image/tmp

FROM scratch
COPY --from=build /image /
USER 65532:65532
ENV HOME=/cache XDG_CACHE_HOME=/cache PATH=/bin
ENTRYPOINT ["/bin/braid"]
