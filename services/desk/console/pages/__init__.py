"""The console's pages, a module (or folder) each; `services.desk.console.site` registers them."""
