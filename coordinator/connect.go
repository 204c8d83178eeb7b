package coordinator

import (
	"context"

	"braid/transport"
)

// conns are the coordinator's connections. Requests to join, which anybody may send, have a connection of their own:
// requests that wait there do not delay admitted workers.
type conns struct {
	conn  *transport.Conn // control
	bulk  *transport.Conn // parameters and gradients
	joins *transport.Conn
}

// connect starts the embedded server, if Config.Listen asks for one, and connects.
func connect(ctx context.Context, c *Config) (conns, func(), error) {
	stop := func() {}
	if c.Listen != "" {
		server, err := transport.Listen(c.Listen, c.Guard)
		if err != nil {
			return conns{}, nil, err
		}
		stop = server.Close
		c.Nats.URL, c.Nats.Server = server.URL(), server
		if c.Guard.Token != "" {
			c.Nats.Token = c.Guard.Token
		}
		c.Log.Info("NATS server started", "url", server.URL())
		if c.Listening != nil {
			c.Listening(server.Port())
		}
	}
	c.Nats.Log = c.Log
	var all conns
	for _, one := range []struct {
		name string
		to   **transport.Conn
	}{{"braid coordinator", &all.conn}, {"braid coordinator (bulk)", &all.bulk}, {"braid coordinator (joins)",
		&all.joins}} {
		c.Nats.Name = one.name
		conn, err := transport.Connect(ctx, c.Nats)
		if err != nil {
			stop()
			return conns{}, nil, err
		}
		*one.to = conn
		after := stop
		stop = func() { conn.Close(); after() }
	}
	return all, stop, nil
}
