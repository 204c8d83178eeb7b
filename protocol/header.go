package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
)

var errHeader = errors.New("header is not an array of its fields")

// checkHeader checks the msgpack of a header before it is decoded: it must be an array with exactly the fields of the
// message; strings and []byte must not exceed the header; only embedded structs may be nested.
func checkHeader(b []byte, m Message) error {
	rest, err := checkStruct(b, reflect.TypeOf(m).Elem())
	if err == nil && len(rest) != 0 {
		return errors.New("bytes after the header")
	}
	return err
}

func checkStruct(b []byte, t reflect.Type) ([]byte, error) {
	fields := countFields(t)
	switch {
	case len(b) >= 1 && b[0]&0xf0 == 0x90 && int(b[0]&0x0f) == fields:
		b = b[1:]
	case len(b) >= 3 && b[0] == 0xdc && int(binary.BigEndian.Uint16(b[1:])) == fields:
		b = b[3:]
	default:
		return nil, errHeader
	}
	var err error
	for range fields {
		if b, err = skipScalar(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// countFields counts fields as the codec writes them: fields of an embedded struct are fields of the struct.
func countFields(t reflect.Type) int {
	n := 0
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous {
			n += countFields(f.Type)
		} else {
			n++
		}
	}
	return n
}

// skipScalar skips one number, bool, string or []byte.
func skipScalar(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, errHeader
	}
	c, n := b[0], 0
	switch {
	case c <= 0x7f, c >= 0xe0, c == 0xc2, c == 0xc3, c == 0xc0:
	case c >= 0xa0 && c <= 0xbf:
		n = int(c & 0x1f)
	case c == 0xcc, c == 0xd0:
		n = 1
	case c == 0xcd, c == 0xd1:
		n = 2
	case c == 0xca, c == 0xce, c == 0xd2:
		n = 4
	case c == 0xcb, c == 0xcf, c == 0xd3:
		n = 8
	case (c == 0xc4 || c == 0xd9) && len(b) >= 2:
		n = 1 + int(b[1])
	case (c == 0xc5 || c == 0xda) && len(b) >= 3:
		n = 2 + int(binary.BigEndian.Uint16(b[1:]))
	default:
		// 32-bit lengths cannot fit a header; arrays, maps and extensions are not scalars.
		return nil, fmt.Errorf("header holds a value of msgpack code 0x%02x", c)
	}
	if len(b) < 1+n {
		return nil, fmt.Errorf("header is cut off inside a value of %d bytes", n)
	}
	return b[1+n:], nil
}
