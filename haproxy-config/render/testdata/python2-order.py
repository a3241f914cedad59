# Made python2-order.txt: python2.7 python2-order.py > python2-order.txt (CPython 2.7.18, 64 bit).
# Each paragraph is a list of keys as they are put into a dict, a line "=>", and the keys as
# the dict holds them.
import random
random.seed(7)
words = ['global', 'defaults', 'global # limits', 'listen stats', 'defaults # x', '', 'x' * 300,
         'backend caf\xc3\xa9', 'frontend www-80']
for p in ('http', 'https', 'tcp', 'ssl'):
    for n in (1, 21, 80, 443, 2222, 8080, 65535):
        words += ['frontend %s-%d' % (p, n), 'backend backend-%s-%d' % (p, n)]
for size in (0, 1, 2, 4, 5, 6, 7, 11, 20, 21, 22, 40, len(words)):
    for again in range(3):
        keys = random.sample(words, size)
        d = {}
        for k in keys:
            d[k] = 1
        print '\n'.join(keys + ['=>'] + list(d.iterkeys()) + ['--'])
