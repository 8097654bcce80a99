// A slow line on loopback: it holds each request for a while before it passes it on, and counts.
import http from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** A line to `port` that takes so many milliseconds for each exchange; `asked` names what went over it. */
export async function slowLine(port, milliseconds) {
  const asked = [];
  const line = http.createServer(async (request, response) => {
    asked.push(`${request.method} ${new URL(request.url, "http://line").pathname}`);
    await pause(milliseconds);
    const onward = http.request({ host: "127.0.0.1", port, method: request.method, path: request.url, headers: request.headers }, (reply) => {
      response.writeHead(reply.statusCode, reply.rawHeaders);
      reply.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  line.listen(0, "127.0.0.1");
  await new Promise((resolve) => line.once("listening", resolve));
  const close = () => new Promise((resolve) => line.close(resolve) && line.closeAllConnections());
  return { url: `http://127.0.0.1:${line.address().port}`, asked, close };
}
