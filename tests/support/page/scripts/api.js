// Stand-in of ComfyUI's page: addresses of the server.
export const api = {
  apiURL: (path) => `/api${path}`,
  fetchApi: (path, options) => fetch(`/api${path}`, options),
};
