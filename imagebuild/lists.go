package imagebuild

import (
	"reflect"
	"strings"
)

// listed makes lists that are nil into empty ones, in whatever v points to, so that JSON has [] for them and never null. Fields that
// are left out when empty stay as they are.
func listed(v any) { listValue(reflect.ValueOf(v)) }

func listValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			listValue(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			listValue(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			tag := field.Tag.Get("json")
			if !field.IsExported() || tag == "-" {
				continue
			}
			if f := v.Field(i); f.Kind() == reflect.Slice && f.IsNil() && f.CanSet() && !strings.Contains(tag, ",omit") {
				f.Set(reflect.MakeSlice(f.Type(), 0, 0))
			} else {
				listValue(f)
			}
		}
	}
}
