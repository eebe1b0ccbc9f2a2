FROM denoland/deno:2.9.6 AS build
WORKDIR /parley
COPY . .
RUN deno task compile

# what the binary needs beside itself: glibc, certificates, and a user that is not root
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /parley/dist/parley /parley
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["/parley", "--healthcheck"]
ENTRYPOINT ["/parley"]
