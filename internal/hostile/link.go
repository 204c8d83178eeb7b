package hostile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"braid/protocol"
)

// Link is a proxy between a worker and its NATS server. It alters and delays the frames that the worker publishes.
type Link struct {
	URL string

	server   string
	say      func(frame []byte) []byte
	late     atomic.Int64
	listener net.Listener
}

// NewLink opens a link on a port of 127.0.0.1. say returns the frame to forward for a frame that the worker publishes;
// nil: the same frame.
func NewLink(server string, say func(frame []byte) []byte) (*Link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if say == nil {
		say = func(frame []byte) []byte { return frame }
	}
	l := &Link{URL: "nats://" + listener.Addr().String(), server: strings.TrimPrefix(server, "nats://"), say: say,
		listener: listener}
	go l.accept()
	return l, nil
}

// Late delays all frames from now on. The rate stays the same.
func (l *Link) Late(d time.Duration) { l.late.Store(int64(d)) }

// Close ends accepting connections.
func (l *Link) Close() error { return l.listener.Close() }

func (l *Link) accept() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		up, err := net.Dial("tcp", l.server)
		if err != nil {
			client.Close()
			return
		}
		go func() { _, _ = io.Copy(client, up); client.Close() }()
		late := make(chan piece, 1<<14)
		go func() { l.deliver(up, late); up.Close() }()
		go func() { l.carry(late, bufio.NewReader(client)); close(late) }()
	}
}

// piece is a part of a client's stream, to be delivered at a time.
type piece struct {
	due time.Time
	b   []byte
}

func (l *Link) deliver(to io.Writer, pieces <-chan piece) {
	for p := range pieces {
		if d := time.Until(p.due); d > 0 {
			time.Sleep(d)
		}
		if _, err := to.Write(p.b); err != nil {
			for range pieces { // until the client notices
			}
			return
		}
	}
}

// carry reads a client's side of the NATS protocol.
func (l *Link) carry(to chan<- piece, from *bufio.Reader) {
	for {
		line, err := from.ReadBytes('\n')
		if err != nil {
			return
		}
		words := bytes.Fields(line)
		if len(words) > 2 && (string(words[0]) == "PUB" || string(words[0]) == "HPUB") {
			last := len(words) - 1
			size, _ := strconv.Atoi(string(words[last]))
			payload := make([]byte, size+2)
			if _, err := io.ReadFull(from, payload); err != nil {
				return
			}
			if string(words[0]) == "PUB" {
				payload = append(l.say(payload[:size]), "\r\n"...)
				words[last] = strconv.AppendInt(nil, int64(len(payload)-2), 10)
				line = append(bytes.Join(words, []byte(" ")), "\r\n"...)
			}
			line = append(line, payload...)
		}
		to <- piece{time.Now().Add(time.Duration(l.late.Load())), line}
	}
}

// False scores, for NewLink: the loss of the first task is NaN; the number of examples that are right in all tasks
// exceeds the size of any block.
var (
	NaNLoss         = score(3, math.Float64bits(math.NaN()))
	ImpossibleCount = score(0, 1<<40)
)

// score returns a say that overwrites one number of every score with v; a number has eight bytes.
func score(number int, v uint64) func(frame []byte) []byte {
	return func(frame []byte) []byte {
		m, body, err := protocol.Decode(frame)
		u, ok := m.(*protocol.ExampleBlock)
		if err != nil || !ok || len(body) < 8*number+8 {
			return frame
		}
		binary.LittleEndian.PutUint64(body[8*number:], v)
		if lie, err := protocol.Append(nil, u, body); err == nil {
			return lie
		}
		return frame
	}
}
