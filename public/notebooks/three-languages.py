# rivulet: title=Python, SQL and text

# %% [markdown]
# # One survey, three languages
#
# A class counted birds for a week. Python holds the counts, SQL asks about them, and this text says what was found.
# Change `least` below and run it: **everything that depends on it follows**, the last sentence too.

# %%
counts = [
    {"day": "Monday", "bird": "sparrow", "seen": 12},
    {"day": "Monday", "bird": "blackbird", "seen": 3},
    {"day": "Tuesday", "bird": "sparrow", "seen": 9},
    {"day": "Tuesday", "bird": "robin", "seen": 2},
    {"day": "Wednesday", "bird": "blackbird", "seen": 5},
    {"day": "Thursday", "bird": "sparrow", "seen": 15},
    {"day": "Thursday", "bird": "robin", "seen": 1},
    {"day": "Friday", "bird": "heron", "seen": 1},
]
least = 3

# %% [sql]
# -- result: totals
# SELECT bird, sum(seen) AS total, count(DISTINCT day) AS days
# FROM counts
# GROUP BY bird
# HAVING total >= :least
# ORDER BY total DESC

# %%
widest = max(row["total"] for row in totals)
for row in totals:
    bar = "\N{FULL BLOCK}" * round(30 * row["total"] / widest)
    print(f"{row['bird']:<10} {bar} {row['total']}")

# %%
commonest = totals[0]["bird"]
share = totals[0]["total"] / sum(row["seen"] for row in counts)

# %% [markdown]
# Of {sum(row["seen"] for row in counts)} birds, **{share:.0%}** were of one kind, the {commonest}.
# {len(totals)} kinds were seen at least {least} times.
#
# With $n$ kinds and the share $p_i$ of each, ecologists call $H = -\sum_{i=1}^{n} p_i \ln p_i$ the diversity of a place.[^shannon]
#
# [^shannon]: After Claude Shannon, who measured messages with it.

# %% [sql]
# -- Tables that SQL makes are everybody's too.
# CREATE TABLE days AS SELECT day, sum(seen) AS birds FROM counts GROUP BY day

# %% [sql]
# SELECT day, birds, birds - (SELECT avg(birds) FROM days) AS "against the mean" FROM days ORDER BY birds DESC
