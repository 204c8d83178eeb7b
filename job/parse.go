package job

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"braid/internal/regular"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Load reads the job file at path. Overrides have the form "training.steps=50" and replace
// values of the file. An error about the file's contents is an *Error.
func Load(path string, overrides ...string) (*Job, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text, overrides)
}

func readFile(path string) ([]byte, error) {
	text, err := regular.Read(path, maxBytes)
	var irregular *regular.Irregular
	switch {
	case errors.Is(err, regular.ErrTooLarge):
		return nil, tooLarge(path)
	case errors.As(err, &irregular):
		return nil, &Error{Position{File: path}, unwrapPath(err), "name a job file"}
	case err != nil:
		return nil, &Error{Position{File: path}, "cannot read the job file", "check the path (" + unwrapPath(err) + ")"}
	}
	return text, nil
}

func unwrapPath(err error) string {
	if e, ok := err.(*os.PathError); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// Parse reads the text of a job file as Load does. file is its path: errors quote it, and
// relative paths in the job start from its directory.
func Parse(file string, text []byte, overrides []string) (*Job, error) {
	return parse(file, text, overrides, false)
}

func parse(file string, text []byte, overrides []string, written bool) (*Job, error) {
	if len(text) > maxBytes {
		return nil, tooLarge(file)
	}
	text, err := decode(file, text)
	if err != nil {
		return nil, err
	}
	tree, err := parseYAML(file, text)
	if err != nil {
		return nil, err
	}
	j := defaults()
	j.File = file
	j.Dir = filepath.Dir(file)
	if abs, err := filepath.Abs(j.Dir); err == nil {
		j.Dir = abs // so that the resolved copy in a run directory finds its data
	}
	r := &reader{file: file, places: map[string]Position{}}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return nil, &Error{Position{File: file}, "the job is empty", "see examples/ for jobs that run"}
	}
	if len(tree.Docs) > 1 {
		return nil, &Error{Position{File: file}, "more than one document", "keep one job a file"}
	}
	if err := r.job(j, tree.Docs[0].Body); err != nil {
		return nil, err
	}
	j.places = r.places
	for _, o := range overrides {
		if err := j.override(o); err != nil {
			return nil, err
		}
	}
	if written {
		j.neutralise("", reflect.ValueOf(j).Elem())
	}
	j.settleLength()
	if err := j.settleInit(); err != nil {
		return nil, err
	}
	j.complete()
	if err := j.validate(); err != nil {
		return nil, err
	}
	return j, nil
}

// reader copies the syntax tree into Go values and records the position of each.
type reader struct {
	file   string
	root   reflect.Value // the Job
	places map[string]Position
}

func (r *reader) at(n ast.Node) Position { return position(r.file, n.GetToken()) }

func position(file string, t *token.Token) Position {
	if t == nil || t.Position == nil {
		return Position{File: file}
	}
	return Position{file, t.Position.Line, t.Position.Column}
}

func (r *reader) fail(n ast.Node, mend, format string, args ...any) error {
	return &Error{r.at(n), fmt.Sprintf(format, args...), mend}
}

// entries lists a mapping's keys and values in the file's order. It refuses a repeated key.
func (r *reader) entries(path string, n ast.Node) ([]*ast.MappingValueNode, error) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		what := path
		if what == "" {
			what = "a job"
		}
		return nil, r.fail(n, "write `key: value` lines or {key: value}", "%s must be a mapping", what)
	}
	seen := map[string]bool{}
	for _, v := range values {
		key := v.Key.GetToken().Value
		if seen[key] {
			return nil, r.fail(v.Key, "remove one", "%s stands here twice", join(path, key))
		}
		seen[key] = true
	}
	return values, nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (r *reader) job(j *Job, n ast.Node) error {
	r.root = reflect.ValueOf(j).Elem()
	return r.structure("", n, r.root)
}

// structure fills a struct from a mapping. The error about an unknown key names the nearest
// known one.
func (r *reader) structure(path string, n ast.Node, v reflect.Value) error {
	entries, err := r.entries(path, n)
	if err != nil {
		return err
	}
	keys := keysOf(v.Type())
	for _, e := range entries {
		key := e.Key.GetToken().Value
		i := slices.Index(keys, key)
		if to, ok := moved[join(path, key)]; ok {
			if err := r.moved(join(path, key), to, e); err != nil {
				return err
			}
			continue
		}
		if i < 0 || key == "" {
			where := "the job"
			if path != "" {
				where = path
			}
			return r.fail(e.Key, suggest(key, keys), "unknown key %q in %s", key, where)
		}
		p := join(path, key)
		if err := r.twice(p, e); err != nil {
			return err
		}
		r.places[p] = r.at(e.Value)
		if err := r.value(p, e.Value, v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// keysOf returns the key of each field of a struct, "" for a field that files do not set.
func keysOf(t reflect.Type) []string {
	keys := make([]string, t.NumField())
	for i := range keys {
		f := t.Field(i)
		isPlace := t == jobType && (f.Name == "Dir" || f.Name == "File")
		if f.IsExported() && !isPlace && !(t == dataSetType && f.Name == "Name") {
			keys[i] = snake(f.Name)
		}
	}
	return keys
}

var (
	jobType     = reflect.TypeFor[Job]()
	dataSetType = reflect.TypeFor[DataSet]()
	taskType    = reflect.TypeFor[Task]()
	columnType  = reflect.TypeFor[Column]()
)

// snake turns EvaluateEvery into evaluate_every and LR into lr.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, c := range runes {
		if i > 0 && unicode.IsUpper(c) && !unicode.IsUpper(runes[i-1]) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

func (r *reader) value(path string, n ast.Node, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Struct:
		return r.structure(path, n, v)
	case reflect.Slice:
		return r.list(path, n, v)
	case reflect.Map:
		return r.weights(path, n, v)
	default:
		text, err := r.scalar(path, n)
		if err != nil {
			return err
		}
		if err := setScalar(v, text); err != nil {
			return r.fail(n, err.Error(), "%s is %q", path, text)
		}
		return nil
	}
}

func (r *reader) scalar(path string, n ast.Node) (string, error) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, nil
	case *ast.LiteralNode:
		return s.Value.Value, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, nil
	case *ast.NullNode:
		return "", r.fail(n, "give a value or remove the line", "%s has no value", path)
	}
	return "", r.fail(n, "give one number, word or quoted text", "%s must be a single value", path)
}

// setScalar parses text as v's kind. The error is a mend for the user.
func setScalar(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("write true or false")
		}
		v.SetBool(b)
	case reflect.Int:
		i, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 32)
		if err != nil {
			return fmt.Errorf("write a whole number, at most %d", math.MaxInt32)
		}
		v.SetInt(i)
	case reflect.Uint64:
		u, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("write a whole number that is not negative")
		}
		v.SetUint(u)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("write a finite number")
		}
		v.SetFloat(f)
	default:
		panic("job: no rule for a field of kind " + v.Kind().String())
	}
	return nil
}

// list reads `tasks` (a sequence), `data` (a mapping by name) and lists of words.
func (r *reader) list(path string, n ast.Node, v reflect.Value) error {
	if v.Type().Elem() == dataSetType {
		entries, err := r.entries(path, n)
		if err != nil {
			return err
		}
		for _, e := range entries {
			d := defaultDataSet()
			d.Name = e.Key.GetToken().Value
			p := join(path, d.Name)
			r.places[p] = r.at(e.Key)
			if err := r.structure(p, e.Value, reflect.ValueOf(&d).Elem()); err != nil {
				return err
			}
			v.Set(reflect.Append(v, reflect.ValueOf(d)))
		}
		return nil
	}
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		return r.fail(n, "write `- item` lines or [a, b]", "%s must be a list", path)
	}
	for i, item := range s.Values {
		p := fmt.Sprintf("%s[%d]", path, i)
		r.places[p] = r.at(item)
		element := reflect.New(v.Type().Elem()).Elem()
		switch v.Type().Elem() {
		case taskType:
			element.Set(reflect.ValueOf(defaultTask()))
		case columnType:
			element.Set(reflect.ValueOf(defaultColumn()))
		}
		if err := r.value(p, item, element); err != nil {
			return err
		}
		v.Set(reflect.Append(v, element))
	}
	return nil
}

// weights reads a mapping of names to numbers.
func (r *reader) weights(path string, n ast.Node, v reflect.Value) error {
	entries, err := r.entries(path, n)
	if err != nil {
		return err
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range entries {
		key := e.Key.GetToken().Value
		r.places[join(path, key)] = r.at(e.Key)
		number := reflect.New(v.Type().Elem()).Elem()
		if err := r.value(join(path, key), e.Value, number); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key), number)
	}
	return nil
}

// suggest returns a mend with the nearest known key, or with all of them.
func suggest(key string, known []string) string {
	best, distance := "", len(key)/2+1
	var all []string
	for _, k := range known {
		if k == "" {
			continue
		}
		all = append(all, k)
		if d := editDistance(key, k); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	slices.Sort(all)
	return "known keys are " + strings.Join(all, ", ")
}

// editDistance returns Levenshtein's distance between a and b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
