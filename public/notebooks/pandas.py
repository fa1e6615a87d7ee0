# rivulet: title=A table with pandas

# %% [markdown]
# # A table with pandas
#
# Twelve months of weather in one small table. Choose another `season` and run that cell.

# %%
import io
import pandas as pd

# %%
text = """
month,rain,sun,warmest
January,62,52,5
February,47,81,7
March,51,124,11
April,46,174,16
May,64,214,20
June,66,221,23
July,69,231,25
August,62,216,25
September,56,161,20
October,58,112,15
November,61,59,9
December,68,43,6
"""
weather = pd.read_csv(io.StringIO(text))
weather

# %%
season = ["June", "July", "August"]

# %%
chosen = weather[weather["month"].isin(season)]
chosen

# %%
summary = chosen[["rain", "sun", "warmest"]].agg(["mean", "min", "max"]).round(1)
summary

# %%
print(f"{', '.join(season)}: {chosen['rain'].sum()} mm of rain, {chosen['sun'].sum()} hours of sun.")
