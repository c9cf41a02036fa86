/** A pinned peer that does not behave: raw frames over real gRPC and TLS, against a real server (T48, T50, T52, T61). */
export {};
