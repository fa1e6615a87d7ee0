//! Words of teaching notebooks: what a link need not spell out. Part of version 1 of the links, so
//! that it never changes. The likeliest stand last.

/// The text that stands before every notebook's text.
pub(super) const WORDS: &str = concat!(
    "from dataclasses import dataclass\nfrom collections import Counter, defaultdict\nfrom functools import ",
    "import itertools\nimport statistics\nimport datetime\nimport string\nimport json\nimport csv\nimport sys\nimport re\nimport os\n",
    "from sklearn.model_selection import train_test_split\nfrom sklearn.linear_model import LinearRegression\nmodel.fit(X_train, y_train)\nmodel.predict(X_test)\n",
    "from scipy import stats\nimport sympy as sp\nsp.symbols('x')\nimport seaborn as sns\n",
    "@property\n    def __repr__(self):\n        return f\"{self.name}\"\nclass Point:\n    def __init__(self, x, y):\n        self.x = x\n        self.y = y\nsuper().__init__()\n",
    "try:\n    \nexcept ValueError as error:\n    print(error)\nraise ValueError(\"\nassert \nwith open(\"data.csv\") as file:\n    \n",
    "while True:\n    if \n        break\n    else:\n        continue\n    elif \nlambda x: x ** 2\nisinstance(\nenumerate(\nsorted(\nzip(\nmap(\nlist(\nset(\ndict(\nstr(\nint(\nfloat(\nsum(\nmax(\nmin(\nabs(\nround(\nrandom.randint(1, 6)\nrandom.choice(\n",
    " is not None and not in or == None != True <= False >= += 1 -= *= // % 2 == 0:\n",
    "df = pd.read_csv(\"\ndf.groupby(\"\").mean()\ndf.describe()\ndf[\"\"].value_counts()\n.plot(kind=\"bar\").sort_values(by=\"\", ascending=False).reset_index()\npd.DataFrame({\"\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], \"name\": [\"\", \"\n",
    "np.random.default_rng(\nnp.arange(0, 10, 0.1)\nnp.linspace(0, 2 * np.pi, 200)\nnp.sin(x)\nnp.cos(\nnp.array([\nnp.zeros(\nnp.sqrt(\nnp.mean(\nnp.exp(\n.shape\n.reshape(\n",
    "ax.set_title(\"\")\nax.set_xlabel(\"\")\nax.set_ylabel(\"\")\nax.legend()\nax.grid(True)\nax.plot(x, y, label=\"\")\nax.hist(data, bins=20)\nax.scatter(x, y)\nfig, ax = plt.subplots(figsize=(8, 4))\nplt.figure()\nplt.plot(x, y)\nplt.xlabel(\"\")\nplt.ylabel(\"\")\nplt.title(\"\")\nplt.show()\n",
    "def main():\n    \"\"\"Return the \"\"\"\n    result = []\n    for value in values:\n        result.append(value)\n    return result\n\n\ndef f(x):\n    return x\n\nfor i in range(1, n + 1):\n    total += i\n    print(i)\nfor i in range(len(\n        if \n    else:\n        print(f\"{i}: {\nprint(\"\nif __name__ == \"__main__\":\n",
    "# The following example shows how to use this function. Change the value and run the cell again. What happens?\n# **Exercise 1.** Write a function that returns \n# ## Exercise\n# - \n# - [ ] \n# 1. \n# | | |\n# |---|---|\n# Your answer here\n# ```python\n# $x^2$\n#\n",
    "import math\nimport random\nimport time\nimport numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\n",
    "# %% disabled=\"true\"\n# rivulet: mode=lazy\n# %% [markdown]\n# # Introduction\n#\n# In this notebook we \n\n# %% [markdown]\n# ## \n\n# %%\n# rivulet: title=Untitled\n\n# %%\n",
);
