package treediff

import (
	"reflect"
	"time"
)

// time gives a time that FileInfo.Sys has in a field, in UTC; nil where there is none.
func (f *facts) time(field string) *time.Time {
	v := reflect.ValueOf(f.info.Sys())
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	v = v.FieldByName(field)
	if !v.IsValid() || !v.CanInterface() {
		return nil
	}
	t, ok := v.Interface().(time.Time)
	if !ok || t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// times says whether times of modification are told.
func (w *walk) times() bool { return w.o.Times || w.o.AllTimes }

// otherTimes compares the times that nothing but the inode has.
func (w *walk) otherTimes(a, b *facts, fa, fb *File, differs func(Aspect, bool)) {
	for _, k := range []struct {
		aspect Aspect
		a, b   *time.Time
	}{{ATime, fa.ATime, fb.ATime}, {CTime, fa.CTime, fb.CTime}, {CrTime, fa.CrTime, fb.CrTime}} {
		differs(k.aspect, (k.a == nil) != (k.b == nil) || k.a != nil && !k.a.Equal(*k.b))
	}
}
