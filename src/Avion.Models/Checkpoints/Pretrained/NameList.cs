namespace Avion.Models;

/// <summary>Many names of tensors in few words: those that differ in the number of their block stand together.</summary>
public static class NameList
{
    private const int Listed = 8;

    /// <summary>Such as <c>logit_scale, visual.transformer.resblocks.*.ln_1.weight (12)</c>.</summary>
    public static string Describe(IEnumerable<string> names)
    {
        List<(string Pattern, int Count, string First)> groups = [];
        foreach (IGrouping<string, string> group in names.GroupBy(PatternOf, StringComparer.Ordinal))
        {
            groups.Add((group.Key, group.Count(), group.First()));
        }

        string listed = string.Join(", ", groups.Take(Listed).Select(group =>
            group.Count == 1 ? group.First : string.Create(CultureInfo.InvariantCulture, $"{group.Pattern} ({group.Count})")));
        return groups.Count > Listed
            ? string.Create(CultureInfo.InvariantCulture, $"{listed} and {groups.Skip(Listed).Sum(group => group.Count)} more")
            : listed;
    }

    private static string PatternOf(string name) =>
        string.Join('.', name.Split('.').Select(part => part.Length > 0 && part.All(char.IsAsciiDigit) ? "*" : part));
}
