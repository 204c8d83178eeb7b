package hostile

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nkeys"
)

// Wire is a NATS client that only publishes, as fast as a socket accepts. It does not count, check or flush messages
// one by one, as a regular client does. Only one goroutine may use a Wire.
type Wire struct {
	conn net.Conn
	out  *bufio.Writer
	head []byte
}

// Dial connects to a NATS server without TLS. seed is the file of an nkey's seed, "": none; a user and
// password or a token may be in the URL.
func Dial(ctx context.Context, server, seed string) (*Wire, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	w := &Wire{conn: conn, out: bufio.NewWriterSize(conn, 1<<16)}
	in := bufio.NewReader(conn)
	if err := w.greet(in, u, seed); err != nil {
		conn.Close()
		return nil, err
	}
	go w.listen(in)
	return w, nil
}

// greet answers the server's INFO, and returns once the server has accepted the answer.
func (w *Wire) greet(in *bufio.Reader, u *url.URL, seed string) error {
	_ = w.conn.SetDeadline(time.Now().Add(5 * time.Second))
	defer func() { _ = w.conn.SetDeadline(time.Time{}) }()
	line, err := in.ReadString('\n')
	if err != nil {
		return err
	}
	var info struct {
		Nonce string `json:"nonce"`
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "INFO ")), &info); err != nil {
		return fmt.Errorf("not a NATS server: %w", err)
	}
	hello := map[string]any{"verbose": false, "pedantic": false, "lang": "hostile", "version": "1", "protocol": 1}
	if user := u.User; user != nil {
		if password, ok := user.Password(); ok {
			hello["user"], hello["pass"] = user.Username(), password
		} else {
			hello["auth_token"] = user.Username()
		}
	}
	if seed != "" {
		if hello["nkey"], hello["sig"], err = sign(seed, info.Nonce); err != nil {
			return err
		}
	}
	b, err := json.Marshal(hello)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.out, "CONNECT %s\r\nPING\r\n", b)
	if err := w.out.Flush(); err != nil {
		return err
	}
	if line, err = in.ReadString('\n'); err != nil || strings.TrimSpace(line) != "PONG" {
		return fmt.Errorf("the server answers %q: %v", line, err)
	}
	return nil
}

func sign(seed, nonce string) (key, signature string, err error) {
	b, err := os.ReadFile(seed)
	if err != nil {
		return "", "", err
	}
	pair, err := nkeys.ParseDecoratedNKey(b)
	if err != nil {
		return "", "", err
	}
	s, err := pair.Sign([]byte(nonce))
	if err != nil {
		return "", "", err
	}
	key, err = pair.PublicKey()
	return key, base64.RawURLEncoding.EncodeToString(s), err
}

// listen reads the server's messages and answers each PING, concurrently with the flood: one write is atomic, and each
// write of the flood ends with a complete message.
func (w *Wire) listen(in *bufio.Reader) {
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if strings.HasPrefix(line, "PING") {
			if _, err := w.conn.Write([]byte("PONG\r\n")); err != nil {
				return
			}
		}
	}
}

// Publish writes a message to the buffer.
func (w *Wire) Publish(subject string, frame []byte) error {
	w.head = append(w.head[:0], "PUB "...)
	w.head = append(w.head, subject...)
	w.head = append(w.head, ' ')
	w.head = strconv.AppendInt(w.head, int64(len(frame)), 10)
	w.head = append(w.head, "\r\n"...)
	if w.out.Available() < len(w.head)+len(frame)+2 {
		if err := w.out.Flush(); err != nil {
			return err
		}
	}
	_, _ = w.out.Write(w.head)
	_, _ = w.out.Write(frame)
	_, err := w.out.WriteString("\r\n")
	return err
}

// Flush sends the buffer.
func (w *Wire) Flush() error { return w.out.Flush() }

// Close ends the connection.
func (w *Wire) Close() error { return w.conn.Close() }
