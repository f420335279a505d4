# The controller: Node, the libraries it loads, and one bundle. No shell, no package manager.
# `make image` builds it; dist/ must be there before. tools/image.mjs makes the same image where there is no Docker.
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${NODE_IMAGE} AS node
# What the dynamic linker says the binary loads, and what glibc opens by itself to look up hosts.
RUN set -eu; binary=$(command -v node); \
    for file in $(ldd "$binary" | grep -o '/[^ ]*'); do mkdir -p "/image$(dirname "$file")"; cp -L "$file" "/image$file"; done; \
    for file in $(find /lib /usr/lib -name 'libnss_dns.so.2' -o -name 'libnss_files.so.2' -o -name 'libresolv.so.2'); do \
      mkdir -p "/image$(dirname "$file")"; cp -L "$file" "/image$file"; done; \
    mkdir -p /image/usr/local/bin /image/etc; cp -L "$binary" /image/usr/local/bin/node; \
    echo 'hosts: files dns' > /image/etc/nsswitch.conf; \
    echo 'sluice:x:65532:65532::/:/sbin/nologin' > /image/etc/passwd

FROM scratch
COPY --from=node /image/ /
COPY LICENSE /app/
COPY dist/sluice-controller.mjs dist/sluice-controller.mjs.LEGAL.txt /app/
COPY dist/chunks/sluice-controller /app/chunks/sluice-controller
USER 65532:65532
EXPOSE 8080 8090
ENTRYPOINT ["/usr/local/bin/node", "/app/sluice-controller.mjs"]
