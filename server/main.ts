// `npm start`: what `npm run build` makes of this is build/server/index.js. React, among others, looks at NODE_ENV when it is
// loaded, so that everything else comes after it.
process.env.NODE_ENV ??= "production";
void import("./serve-build.ts");
