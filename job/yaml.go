package job

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// YAML writes the job with every value spelled out, except the keys that isOmitted leaves
// out; it parses back to the same job.
// Paths are resolved as by Path, so that the copy in a run directory finds the data.
func (j *Job) YAML() []byte {
	c := *j
	c.Encoder.Word.Vectors.File = j.Path(c.Encoder.Word.Vectors.File)
	c.Init.From = j.Path(c.Init.From)
	c.Data = nil
	for _, d := range j.Data {
		d.Train, d.Dev, d.Test = j.Path(d.Train), j.Path(d.Dev), j.Path(d.Test)
		c.Data = append(c.Data, d)
	}
	var b strings.Builder
	printer{}.structure(&b, reflect.ValueOf(c), "")
	return []byte(b.String())
}

// printer writes values as YAML.
type printer struct {
	short bool // write only the keys that are hashed
}

func (p printer) structure(b *strings.Builder, v reflect.Value, indent string) {
	for i, key := range keysOf(v.Type()) {
		f := v.Field(i)
		if key == "" || p.short && !isHashed(v.Type().Field(i), f) || isOmitted(v.Type().Field(i), f) {
			continue
		}
		switch f.Kind() {
		case reflect.Struct:
			var inner strings.Builder
			p.structure(&inner, f, indent+"  ")
			if inner.Len() > 0 {
				fmt.Fprintf(b, "%s%s:\n%s", indent, key, inner.String())
			}
		case reflect.Slice:
			p.list(b, key, f, indent)
		case reflect.Map:
			if f.Len() > 0 {
				fmt.Fprintf(b, "%s%s:\n", indent, key)
				weights := f.Interface().(map[string]float64)
				for _, name := range sortedKeys(weights) {
					fmt.Fprintf(b, "%s  %s: %s\n", indent, quote(name), number(weights[name]))
				}
			}
		default:
			fmt.Fprintf(b, "%s%s: %s\n", indent, key, scalarText(f))
		}
	}
}

func (p printer) list(b *strings.Builder, key string, f reflect.Value, indent string) {
	if f.Len() == 0 {
		return
	}
	fmt.Fprintf(b, "%s%s:\n", indent, key)
	for i := range f.Len() {
		e := f.Index(i)
		switch {
		case e.Type() == dataSetType:
			fmt.Fprintf(b, "%s  %s:\n", indent, quote(e.FieldByName("Name").String()))
			p.structure(b, e, indent+"    ")
		case e.Kind() == reflect.Struct:
			var inner strings.Builder
			p.structure(&inner, e, indent+"    ")
			text := inner.String()
			b.WriteString(indent + "  - " + strings.TrimPrefix(text, indent+"    "))
		default:
			fmt.Fprintf(b, "%s  - %s\n", indent, scalarText(e))
		}
	}
}

func scalarText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return quote(v.String())
	case reflect.Float64:
		return number(v.Float())
	}
	return fmt.Sprint(v.Interface())
}

func number(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// quote quotes text unless it is a plain word that YAML reads as text.
func quote(s string) string {
	plain := s != ""
	for i, c := range s {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '_' || c == '-')) {
			plain = false
		}
	}
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf":
		plain = false
	}
	if plain {
		return s
	}
	return strconv.Quote(s)
}
