# rivulet: title=A table to explore

# %% [markdown]
# # Penguins on three islands
#
# The birds below are made up here, after those that were measured at Palmer Station.
# Click on a name to sort. The three dots beside it say what is in a column, and filter it.
# The keys are those of a spreadsheet: Ctrl+End goes to the last bird, Shift with the arrows selects, Ctrl+C copies.

# %% tags=["hide-input"]
import altair as alt
import numpy as np
import pandas as pd
import rivulet as rv

# %%
kinds = pd.DataFrame(
    {
        "species": ["Adelie", "Chinstrap", "Gentoo"],
        "bill": [38.8, 48.8, 47.5],
        "flipper": [190, 196, 217],
        "mass": [3700, 3730, 5080],
    }
)
chance = np.random.default_rng(7)
of = chance.choice(3, 344, p=[0.44, 0.2, 0.36])
penguins = pd.DataFrame(
    {
        "species": pd.Categorical(kinds.species[of].to_numpy()),
        "island": np.where(of == 0, chance.choice(["Biscoe", "Dream", "Torgersen"], 344), np.where(of == 1, "Dream", "Biscoe")),
        "bill_mm": (kinds.bill[of].to_numpy() + chance.normal(0, 2.8, 344)).round(1),
        "flipper_mm": (kinds.flipper[of].to_numpy() + chance.normal(0, 6.5, 344)).round().astype(int),
        "mass_g": (kinds.mass[of].to_numpy() + chance.normal(0, 420, 344)).round(-1).astype(int),
        "seen": pd.Timestamp("2024-11-01") + pd.to_timedelta(chance.integers(0, 60, 344), unit="D"),
    }
)
penguins.loc[chance.choice(344, 9, replace=False), "bill_mm"] = np.nan
penguins

# %% [markdown]
# SQL reads the same table by its name, and its result is a table that can be explored, too.

# %% [sql]
# -- result: islands
# SELECT island, species, count(*) AS birds, round(avg(mass_g)) AS mass_g
# FROM penguins
# GROUP BY island, species
# ORDER BY birds DESC

# %% [markdown]
# ## Choose some
#
# Choose groups with a click, or with the space bar: the chart follows.

# %%
groups = rv.table(islands, selection="multi", initial_selection=[0])
groups

# %%
wanted = set(zip(groups.value.island, groups.value.species))
is_wanted = [bird in wanted for bird in zip(penguins.island, penguins.species)]
chosen = penguins[is_wanted] if wanted else penguins
alt.Chart(chosen, width=420, height=260).mark_circle(size=60).encode(
    x=alt.X("flipper_mm:Q", title="Flipper, mm").scale(zero=False),
    y=alt.Y("mass_g:Q", title="Mass, g").scale(zero=False),
    color="species:N",
    tooltip=["species", "island", "bill_mm", "mass_g"],
)

# %% [markdown]
# **{len(chosen)}** of {len(penguins)} birds are drawn; together they weigh {chosen.mass_g.sum() / 1000:,.0f} kg.
