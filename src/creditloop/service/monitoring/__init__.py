"""After the loan (贷后): what follows each month from what was posted.

`classifying` puts every customer's debt into the five classes by the rules in force, `warning` judges
everybody by the warning policy, and `warning_check` tells afterwards how good those warnings were, at
every alert rate, beside plain rules. A warning is raised for every month once, and answers may be made
again.
"""
