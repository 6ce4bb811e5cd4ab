// The page at /docs: Swagger UI over this server's own description of its API.

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null, // it would send the description to another host
  defaultModelsExpandDepth: 0,
});
