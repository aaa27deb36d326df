// Says how it was called; `fail` in the body asks for an answer that is an error.
Deno.serve(async (request) => {
  const token = (request.headers.get("authorization") ?? "").replace("Bearer ", "");
  const claims = token.split(".")[1];
  const role = claims ? JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))).role : null;
  const body = request.method === "POST" ? await request.json() : null;
  if (body?.fail) return Response.json({ sorry: true }, { status: body.fail });
  return Response.json({ method: request.method, role, body });
});
