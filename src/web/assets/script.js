// What pages do better with JavaScript; every page works without it.
export {};
