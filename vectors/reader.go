package vectors

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"math"
	"os"
	"strconv"
	"unicode/utf8"

	"braid/internal/regular"
)

// Form is how a file writes its rows.
type Form string

const (
	// Headless is text, a row a line: the word, then its numbers. GloVe writes this form.
	Headless Form = "text"
	// Headed is the same after a line with the number of rows and D. fastText and word2vec write
	// this form.
	Headed Form = "text with a header"
	// Binary is a line with the number of rows and D, then for each row the word, a blank, and
	// D little-endian float32. word2vec writes this form; a line end after each row is optional.
	Binary Form = "word2vec binary"
)

// Bounds of a file.
const (
	MaxDim  = 4096
	maxWord = 8 << 10   // bytes
	maxLine = 256 << 10 // bytes; MaxDim numbers of 40 bytes, and the longest word
	maxRows = 1 << 28
)

// A gzip file is refused if it unpacks to more than maxRatio times its size and more than
// minUnpacked bytes: the digits of vectors pack to about 40 %, so it holds something else.
const (
	maxRatio    = 64
	minUnpacked = 64 << 20
)

// Reader reads the rows of one file in their order. It is not safe for concurrent use.
type Reader struct {
	path  string
	file  *os.File
	in    *bufio.Reader
	form  Form
	dim   int
	claim int // rows that the header promises; -1 without a header
	rows  int // rows read
	line  int // of text, from 1

	word    []byte
	numbers []byte // of the row: text from the first number on, or D float32
	number  int    // Binary: of the row, from 1
	rowAt   int64  // Binary: byte of the row's start in the unpacked file
	at      int64  // Binary: bytes read
	own     []byte // memory of numbers and word for Binary
	sum     hash.Hash
}

// Open opens a file and detects its form by its content. The first row has been checked when it
// returns. Errors are *Error.
func Open(path string) (*Reader, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	r := &Reader{path: path, file: f, claim: -1, form: Headless, sum: sha256.New()}
	if err := r.begin(); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }

// Form returns the form of the file.
func (r *Reader) Form() Form { return r.form }

// Dim returns D.
func (r *Reader) Dim() int { return r.dim }

// SHA256 returns the hash of the unpacked file in hex, once Next has returned io.EOF.
func (r *Reader) SHA256() string { return hex.EncodeToString(r.sum.Sum(nil)) }

// Line returns the number of the current row's line; 0 if the form is Binary.
func (r *Reader) Line() int { return r.line }

// begin unpacks the file if needed, and determines form and D.
func (r *Reader) begin() error {
	packed := bufio.NewReaderSize(r.file, 64<<10)
	var unpacked io.Reader = packed
	if head, _ := packed.Peek(2); string(head) == "\x1f\x8b" {
		z, err := gzip.NewReader(packed)
		if err != nil {
			return &Error{File: r.path, Msg: "is no sound gzip file (" + err.Error() + ")", Mend: mendTorn}
		}
		info, err := r.file.Stat()
		if err != nil {
			return unreadable(r.path, err)
		}
		unpacked = &ratioReader{in: z, left: max(maxRatio*info.Size(), minUnpacked)}
	}
	r.in = bufio.NewReaderSize(io.TeeReader(unpacked, r.sum), maxLine)
	head, _ := r.in.Peek(64)
	if err := checkType(r.path, head); err != nil {
		return err
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		_, _ = r.in.Discard(3)
	}
	first, err := r.peekLine()
	if err != nil {
		return err
	}
	if rows, dim, ok := header(first); ok {
		return r.beginHeaded(rows, dim)
	}
	r.dim = len(fields(first)) - 1
	return r.checkFirst(first)
}

// beginHeaded reads the header and looks at the row after it.
func (r *Reader) beginHeaded(rows, dim int) error {
	r.form, r.line = Headed, 1
	if rows < 1 || rows > maxRows || dim < 1 || dim > MaxDim {
		return r.fail(mendOther, "the header names %d vectors of %d numbers; at most %d of 1 to %d are read", rows, dim,
			maxRows, MaxDim)
	}
	r.claim, r.dim = rows, dim
	skipped, err := r.in.ReadSlice('\n')
	if err != nil {
		return r.ended(err, "after the header")
	}
	r.at = int64(len(skipped))
	row, err := r.peekLine()
	if err == nil && isText(row) {
		r.line = 2
		err = r.checkFirst(row)
		r.line = 1
		return err
	}
	if len(row) == 0 && err != nil {
		return err
	}
	r.form, r.line, r.own = Binary, 0, make([]byte, 4*dim, 4*dim+maxWord)
	return nil
}

// peekLine returns the next line without reading it, or its beginning if it is too long for text.
func (r *Reader) peekLine() ([]byte, error) {
	for n := 4 << 10; ; n *= 2 {
		head, err := r.in.Peek(min(n, maxLine))
		if end := bytes.IndexByte(head, '\n'); end >= 0 {
			return head[:end+1], nil
		}
		switch {
		case err == io.EOF && len(head) == 0 && r.claim > 0:
			return nil, r.fail(mendTorn, "the file ends after the header, which promises %d rows", r.claim)
		case err == io.EOF && len(head) == 0:
			return nil, &Error{File: r.path, Msg: "no vectors in it", Mend: mendOther}
		case err == io.EOF:
			return head, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return nil, r.ended(err, "at its start")
		case n >= maxLine:
			return head, &Error{File: r.path, Line: r.line + 1, Msg: "no line end in the first bytes", Mend: mendOther}
		}
	}
}

// header parses a line of two counts.
func header(line []byte) (rows, dim int, ok bool) {
	counts := fields(line)
	if len(counts) != 2 {
		return 0, 0, false
	}
	rows, err1 := strconv.Atoi(string(counts[0]))
	dim, err2 := strconv.Atoi(string(counts[1]))
	return rows, dim, err1 == nil && err2 == nil
}

// isText reports whether a row after a header is text: a word, then numbers.
func isText(row []byte) bool {
	all := fields(row)
	for _, f := range all[min(len(all), 1):] {
		if _, err := strconv.ParseFloat(string(f), 32); errors.Is(err, strconv.ErrSyntax) {
			return false
		}
	}
	return len(all) > 1
}

// checkFirst refuses a file whose first row is no vector.
func (r *Reader) checkFirst(row []byte) error {
	line := r.line
	r.line = max(line, 1)
	defer func() { r.line = line }()
	if r.dim < 1 || r.dim > MaxDim {
		return r.fail(mendOther, "a word and %d numbers: no vector of 1 to %d numbers", r.dim, MaxDim)
	}
	if err := r.cut(row); err != nil {
		return err
	}
	if err := r.Vector(make([]float32, r.dim)); err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.Mend = mendOther
		}
		return err
	}
	return nil
}

// Next goes to the next row and returns its word, which is valid until the call after it. The
// word may be any bytes without a line end. At the end it returns io.EOF, if the file has as many rows as its
// header promises. Other errors are *Error.
func (r *Reader) Next() (word []byte, err error) {
	switch {
	case r.form == Binary && r.rows == r.claim:
		return nil, r.end()
	case r.form == Binary:
		err = r.nextBinary()
	default:
		err = r.nextText()
	}
	if err != nil {
		return nil, err
	}
	r.rows++
	return r.word, nil
}

func (r *Reader) nextText() error {
	line, err := r.in.ReadSlice('\n')
	r.line++
	switch {
	case err == io.EOF && len(line) == 0 && r.claim >= 0 && r.rows != r.claim:
		return r.fail(mendTorn, "the file ends after %d rows, and its header promises %d", r.rows, r.claim)
	case err == io.EOF && len(line) == 0:
		return io.EOF
	case err == io.EOF:
		return r.fail("download or copy the file again; if the row is complete, add a line end",
			"the last row has no line end, so that numbers may be missing")
	case errors.Is(err, bufio.ErrBufferFull):
		return r.fail(mendOther, "a line of more than %d bytes", maxLine)
	case err != nil:
		return r.ended(err, "here")
	case r.claim >= 0 && r.rows == r.claim:
		return r.fail("write the number of rows into the header, or download the file again",
			"more than the %d rows that the header promises", r.claim)
	case r.rows == maxRows:
		return r.fail("name a smaller file", "more than %d rows", maxRows)
	}
	return r.cut(line)
}

// cut cuts a line into word and numbers: the last D fields are the numbers. GloVe's words may
// have blanks.
func (r *Reader) cut(line []byte) error {
	start := len(trimRight(line))
	line = line[:start]
	for n := range r.dim {
		start = len(trimRight(line[:start]))
		if start == 0 {
			return r.fail(mendTorn, "%d numbers, where the other rows have %d", max(n-1, 0), r.dim)
		}
		for start > 0 && !isBlank(line[start-1]) {
			start--
		}
	}
	if start == 0 {
		return r.fail(mendTorn, "%d numbers, where the other rows have %d", r.dim-1, r.dim)
	}
	r.word, r.numbers = trimRight(line[:start]), line[start:]
	if at := lastField(r.word); at > 0 {
		if _, err := strconv.ParseFloat(string(r.word[at:min(len(r.word), at+64)]), 32); err == nil {
			return r.fail(mendTorn, "more than %d numbers, as the other rows have", r.dim)
		}
	}
	return nil
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// fields cuts a line at blanks. Other white space, such as a no-break space, is part of a word.
func fields(line []byte) [][]byte {
	return bytes.FieldsFunc(line, func(r rune) bool { return r < utf8.RuneSelf && isBlank(byte(r)) })
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// lastField returns the start of the last field of b.
func lastField(b []byte) int { return bytes.LastIndexAny(b, " \t") + 1 }

func (r *Reader) nextBinary() error {
	r.number = r.rows + 1
	if c, err := r.in.ReadByte(); err == nil && c == '\n' {
		r.at++
	} else if err == nil {
		_ = r.in.UnreadByte()
	}
	r.rowAt = r.at
	word, err := r.in.ReadSlice(' ')
	switch {
	case len(word) > maxWord || errors.Is(err, bufio.ErrBufferFull):
		return r.fail(mendTorn, "a word of more than %d bytes", maxWord)
	case err == io.EOF:
		return r.fail(mendTorn, "the file ends, and its header promises %d rows", r.claim)
	case err != nil:
		return r.ended(err, "here")
	}
	r.at += int64(len(word))
	r.own = append(r.own[:4*r.dim], word[:len(word)-1]...)
	n, err := io.ReadFull(r.in, r.own[:4*r.dim])
	r.at += int64(n)
	if err != nil {
		return r.ended(err, "in the middle of a vector")
	}
	r.numbers, r.word = r.own[:4*r.dim], r.own[4*r.dim:]
	return nil
}

// end returns io.EOF if the file ends after the last row that its header promises.
func (r *Reader) end() error {
	r.number, r.rowAt = r.rows+1, r.at
	rest, err := r.in.Peek(2)
	switch {
	case len(rest) == 0 && err == io.EOF, len(rest) == 1 && rest[0] == '\n' && err == io.EOF:
		return io.EOF
	case err != nil && err != io.EOF:
		return r.ended(err, "at the end")
	}
	return r.fail("write the number of rows into the header, or download the file again",
		"more than the %d rows that the header promises", r.claim)
}

// ended is the error of a file that cannot be read further.
func (r *Reader) ended(err error, where string) error {
	switch {
	case errors.Is(err, errRatio):
		return r.fail(mendOther, "unpacks to more than %d times its size: no vectors", maxRatio)
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		return r.fail(mendTorn, "the file ends %s", where)
	}
	return r.fail(mendTorn, "cannot be read further (%v)", err)
}

// Vector writes the numbers of the current row to dst, which has D elements. It returns an error
// if one is not a finite float32. Errors are *Error.
func (r *Reader) Vector(dst []float32) error {
	rest := r.numbers
	for i := range dst {
		var v float32
		if r.form == Binary {
			v = math.Float32frombits(uint32(rest[0]) | uint32(rest[1])<<8 | uint32(rest[2])<<16 | uint32(rest[3])<<24)
			rest = rest[4:]
		} else {
			for len(rest) > 0 && isBlank(rest[0]) {
				rest = rest[1:]
			}
			n := bytes.IndexAny(rest, " \t\r\n")
			if n < 0 {
				n = len(rest)
			}
			wide, err := strconv.ParseFloat(string(rest[:n]), 32)
			if errors.Is(err, strconv.ErrSyntax) {
				return r.fail(mendTorn, "%.40q is not a number", rest[:n])
			}
			v, rest = float32(wide), rest[n:]
		}
		if v-v != 0 {
			return r.fail("train or download the vectors again, or remove the row", "number %d of %.40q is %v, which is not "+
				"finite", i+1, r.word, v)
		}
		dst[i] = v
	}
	return nil
}

var errRatio = errors.New("unpacks to too many bytes")

// ratioReader ends an unpacked file after a number of bytes.
type ratioReader struct {
	in   io.Reader
	left int64
}

func (r *ratioReader) Read(b []byte) (int, error) {
	if r.left <= 0 {
		return 0, errRatio
	}
	n, err := r.in.Read(b)
	r.left -= int64(n)
	return n, err
}
