# rivulet: title=Sliders and charts

# %% [markdown]
# # A loan that you can move
#
# Move a slider: the cells that read it run again, and nothing else does.
# "Show as an app", in the menu above, leaves away the code.

# %% tags=["hide-input"]
import altair as alt
import pandas as pd
import rivulet as rv

# %%
loan = rv.slider(1_000, 20_000, step=500, value=8_000, label="Loan")
rate = rv.slider(0, 15, step=0.5, value=4, label="Interest, % a year")
years = rv.slider(1, 15, value=5, label="Years")
rv.vstack([loan, rate, years])

# %%
months = years.value * 12
monthly = rate.value / 1200
if monthly:
    payment = loan.value * monthly / (1 - (1 + monthly) ** -months)
else:
    payment = loan.value / months

# %% [markdown]
# You pay **{payment:,.2f}** a month, and **{payment * months - loan.value:,.2f}** for the loan itself.

# %%
owed, left = [], float(loan.value)
for month in range(months + 1):
    owed.append({"month": month, "owed": max(left, 0)})
    left = left * (1 + monthly) - payment

# %%
kind = rv.dropdown(["area", "line", "bar"], value="area", label="Drawn as")
kind

# %%
chart = alt.Chart(pd.DataFrame(owed), width=520, height=220)
drawn = {"area": chart.mark_area(opacity=0.6), "line": chart.mark_line(), "bar": chart.mark_bar()}
drawn[kind.value].encode(
    x=alt.X("month:Q", title="Month"),
    y=alt.Y("owed:Q", title="Still owed"),
    tooltip=["month", alt.Tooltip("owed:Q", format=",.2f")],
)
