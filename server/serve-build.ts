import * as build from "virtual:remix/server-build";
import { startServer } from "./start-server.ts";

void startServer(build);
