package vectors

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// row is a row as a Reader returns it.
type row struct {
	word   string
	vector []float32
}

// readAll reads a file to its end.
func readAll(path string) (rows []row, form Form, err error) {
	r, err := Open(path)
	if err != nil {
		return nil, "", err
	}
	defer r.Close()
	for {
		word, err := r.Next()
		if err == io.EOF {
			return rows, r.Form(), nil
		}
		if err != nil {
			return rows, r.Form(), err
		}
		x := make([]float32, r.Dim())
		if err := r.Vector(x); err != nil {
			return rows, r.Form(), err
		}
		rows = append(rows, row{string(word), x})
	}
}

func write(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "v")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func packed(content string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(content))
	_ = z.Close()
	return b.String()
}

// binaryRows writes word2vec's binary form, with or without a line end after each row.
func binaryRows(end string, rows ...row) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d %d\n", len(rows), len(rows[0].vector))
	for _, r := range rows {
		b.WriteString(r.word + " ")
		_ = binary.Write(&b, binary.LittleEndian, r.vector)
		b.WriteString(end)
	}
	return b.String()
}

var twoRows = []row{{"the", []float32{0.25, -1}}, {"Köln", []float32{3, 1e-5}}}

// White space other than blanks is part of a word, also of the first one, from which the form is known.
func TestFirstWordWithANoBreakSpace(t *testing.T) {
	for _, header := range []string{"", "1 2\n"} {
		rows, form, err := readAll(write(t, header+"10\u00a0km 1 2\n"))
		if err != nil || form == Binary || len(rows) != 1 || rows[0].word != "10\u00a0km" || len(rows[0].vector) != 2 {
			t.Errorf("header %q: form %s, %v, %v", header, form, rows, err)
		}
	}
}

// All forms give the same rows, and gzip changes nothing.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		form    Form
		content string
	}{
		{Headless, "the 0.25 -1\nKöln 3 1e-5\n"},
		{Headless, "the\t0.25\t-1\r\nKöln\t3\t1e-5\r\n"},
		{Headless, "\ufeffthe 0.25 -1\nKöln 3 1e-5\n"},
		{Headed, "2 2\nthe 0.25 -1 \nKöln 3 1e-5 \n"},
		{Binary, binaryRows("\n", twoRows...)},
		{Binary, binaryRows("", twoRows...)},
	} {
		for _, content := range []string{c.content, packed(c.content)} {
			rows, form, err := readAll(write(t, content))
			if err != nil || form != c.form || fmt.Sprint(rows) != fmt.Sprint(twoRows) {
				t.Errorf("%.20q: %v %v, %v", c.content, form, rows, err)
			}
		}
	}
}

// The first four bytes of a binary number are no line end, whatever they are.
func TestBinaryNumbersThatLookLikeText(t *testing.T) {
	odd := []row{{"a", []float32{math.Float32frombits(0x0a0a0a0a), math.Float32frombits(0x20202020)}},
		{"b", []float32{math.Float32frombits(0x30303030), math.Float32frombits(0x0a313131)}}}
	rows, form, err := readAll(write(t, binaryRows("\n", odd...)))
	if err != nil || form != Binary || fmt.Sprint(rows) != fmt.Sprint(odd) {
		t.Errorf("%v %v, %v", form, rows, err)
	}
}

// Words with blanks, empty words and words that are not UTF-8 are the caller's to judge.
func TestOddWords(t *testing.T) {
	rows, _, err := readAll(write(t, "a 1 2\n. . . 3 4\n 5 6\n\xff 7 8\n"))
	if err != nil || len(rows) != 4 || rows[1].word != ". . ." || rows[2].word != "" || rows[3].word != "\xff" {
		t.Errorf("%v, %v", rows, err)
	}
}

// A damaged file gets one line with the place, the mistake and a mend.
func TestDamage(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	sound := binaryRows("\n", twoRows...)
	for _, c := range []struct{ what, content, want string }{
		{"empty", "", "no vectors in it"},
		{"prose", "This is a text.\nAnd more.\n", `v:1: "is" is not a number`},
		{"one word", "hello\n", "a word and 0 numbers"},
		{"too narrow", "a 1 2 3\nb 1 2\n", "v:2: 2 numbers, where the other rows have 3"},
		{"too wide", "a 1 2\nb 1 2 3\n", "v:2: more than 2 numbers"},
		{"empty line", "a 1 2\n\nb 1 2\n", "v:2: 0 numbers"},
		{"torn row", "a 1 2\nb 1 0.2", "v:2: the last row has no line end"},
		{"torn text", "3 2\na 1 2\nb 1 2\n", "v:4: the file ends after 2 rows, and its header promises 3"},
		{"header too low", "1 2\na 1 2\nb 1 2\n", "v:3: more than the 1 rows"},
		{"10 GB", "9000000 300\n", "the file ends after the header"},
		{"10 GB and a row", "9000000 2\na 1 2\n", "ends after 1 rows, and its header promises 9000000"},
		{"a huge claim", "99999999999 300\na 1 2\n", "the header names 99999999999 vectors"},
		{"a wide claim", "2 99999999\na 1 2\n", "of 99999999 numbers"},
		{"an endless claim", "9999999999999999999999 3\na 1 2\n", "v:2: more than 1 numbers"},
		{"negative", "-1 2\na 1 2\n", "the header names -1 vectors"},
		{"other width in the header", "2 3\na 1 2\nb 1 2\n", "v:2: 2 numbers, where the other rows have 3"},
		{"NaN", "a 1 2\nb NaN 2\n", `v:2: number 1 of "b" is NaN, which is not finite`},
		{"too large", "a 1 2\nb 1 1e39\n", "number 2"},
		{"infinite, binary", binaryRows("\n", row{"a", []float32{float32(math.Inf(1))}}),
			`row 1 at byte 4: number 1 of "a" is +Inf`},
		{"a long line", "a 1 2\n" + long, "a line of more than"},
		{"a long line at first", long, "no line end in the first bytes"},
		{"torn binary", sound[:len(sound)-3], "row 2 at byte 17: the file ends in the middle of a vector"},
		{"torn binary at a row", sound[:17], "row 2 at byte 17: the file ends, and its header promises 2"},
		{"binary and more", sound + "x", "more than the 2 rows"},
		{"a long word, binary", "1 2\n" + strings.Repeat("\x01", maxLine+9), "a word of more than"},
		{"torn gzip", packed(strings.Repeat("a 1 2\n", 999))[:40], "the file ends"},
		{"damaged gzip", packed("a 1 2\n")[:20] + "zzzzzzzzzzzzz", "cannot be read further"},
		{"a model of fastText", "\xba\x16\x4f\x2f\x0c\x00", "is a model of fastText"},
		{"zip", "PK\x03\x04xx", "is a zip archive"},
	} {
		_, _, err := readAll(write(t, c.content))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") ||
			e.Mend == "" || len(err.Error()) > 300 {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !strings.Contains(fmt.Sprint(err), "no such file") {
		t.Error(err)
	}
	if _, err := Open(t.TempDir()); !strings.Contains(fmt.Sprint(err), "is a directory") {
		t.Error(err)
	}
}

// zeros is an endless stream of one byte.
type zeros byte

func (z zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(z)
	}
	return len(b), nil
}

// A small gzip file that unpacks to 10 GB is refused early, also if its rows are sound.
func TestBomb(t *testing.T) {
	rows := strings.Repeat(strings.Repeat("a 1 2\n", 1<<10), 1<<10)
	for _, c := range []struct {
		what string
		in   io.Reader
	}{
		{"sound rows", io.MultiReader(strings.NewReader(rows), strings.NewReader(rows), strings.NewReader(rows),
			strings.NewReader(rows), strings.NewReader(rows), strings.NewReader(rows), strings.NewReader(rows),
			strings.NewReader(rows), strings.NewReader(rows), strings.NewReader(rows), strings.NewReader(rows))},
		{"one line", io.LimitReader(zeros('a'), 1<<26)},
	} {
		path := filepath.Join(t.TempDir(), "bomb")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed)
		if _, err := io.Copy(z, c.in); err != nil {
			t.Fatal(err)
		}
		_ = z.Close()
		_ = f.Close()
		r, err := Open(path)
		for err == nil {
			_, err = r.Next()
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// Reading allocates nothing per row.
func TestNextDoesNotAllocate(t *testing.T) {
	for _, content := range []string{strings.Repeat("word 0.125 -0.25\n", 2000),
		binaryRows("\n", make2000()...)} {
		r, err := Open(write(t, content))
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, 2)
		if n := testing.AllocsPerRun(1000, func() {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
			if err := r.Vector(x); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations a row", r.Form(), n)
		}
		r.Close()
	}
}

func make2000() (rows []row) {
	for range 2000 {
		rows = append(rows, row{"word", []float32{0.125, -0.25}})
	}
	return rows
}

// A reader of any bytes ends, with rows of one width and finite numbers or with an *Error.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{"the 0.25 -1\nKöln 3 1e-5\n", "2 2\nthe 0.25 -1 \nKöln 3 1e-5 \n",
		binaryRows("\n", twoRows...), binaryRows("", twoRows...), packed("the 0.25 -1\n"), "1 1\n\n", "a\n", "3 4096\na"} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "v")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		rows, _, err := readAll(path)
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Mend == "" || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q", err)
		}
		for _, r := range rows {
			for _, x := range r.vector {
				if x-x != 0 {
					t.Errorf("%v", r)
				}
			}
		}
		if err == nil && len(rows) > len(content)*maxRatio {
			t.Errorf("%d rows of %d bytes", len(rows), len(content))
		}
	})
}

// The files of other programs hold the same vectors, except for the order of words in one of them.
func TestFilesOfOtherPrograms(t *testing.T) {
	want, form, err := readAll("testdata/fasttext.vec")
	if err != nil || form != Headed || len(want) != 21 || len(want[0].vector) != 5 || want[0].word != "the" {
		t.Fatalf("%v %v, %v", form, want, err)
	}
	for name, c := range map[string]Form{"fasttext.vec.gz": Headed, "word2vec.bin": Binary, "headless.txt": Headless} {
		got, form, err := readAll("testdata/" + name)
		if err != nil || form != c || fmt.Sprint(got[:2]) != fmt.Sprint(want[:2]) || len(got) != len(want) {
			t.Errorf("%s: %v %v, %v", name, form, got, err)
		}
		if c != Headless && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
