"""What stands between the network and the application: connections, bodies, rates and the queue of pages. It knows no endpoint."""
