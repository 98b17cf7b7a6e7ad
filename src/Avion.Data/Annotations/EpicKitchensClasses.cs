namespace Avion.Data;

/// <summary>Verbs, nouns and actions of EPIC-KITCHENS-100; an action is a verb with a noun.</summary>
/// <remarks>
/// Actions are numbered as published, in ordinal order of "verb:noun" as text, in which "10:0" comes before "1:0". EPIC_100_train.csv and
/// EPIC_100_validation.csv together give 97 verbs, 300 nouns and 3806 actions.
/// </remarks>
public sealed class EpicKitchensClasses
{
    private readonly int[] _verbs, _nouns;

    internal EpicKitchensClasses(IEnumerable<(int Verb, int Noun)> pairs)
    {
        (int Verb, int Noun)[] ordered = [.. pairs.OrderBy(NameOf, StringComparer.Ordinal)];
        _verbs = [.. ordered.Select(pair => pair.Verb)];
        _nouns = [.. ordered.Select(pair => pair.Noun)];
        Verbs = ClassList.Numbered("verb", _verbs.Max() + 1);
        Nouns = ClassList.Numbered("noun", _nouns.Max() + 1);
        Actions = new ClassList("action", [.. ordered.Select(NameOf)]);
    }

    /// <summary>V verbs, by their published numbers.</summary>
    public ClassList Verbs { get; }

    /// <summary>N nouns, by their published numbers.</summary>
    public ClassList Nouns { get; }

    /// <summary>A actions, each named "verb:noun" by its numbers.</summary>
    public ClassList Actions { get; }

    /// <summary>The lists in the order of a clip's labels.</summary>
    public IReadOnlyList<ClassList> Lists => [Verbs, Nouns, Actions];

    /// <summary>The verb of each action, [A].</summary>
    public ReadOnlySpan<int> VerbOfAction => _verbs;

    /// <summary>The noun of each action, [A].</summary>
    public ReadOnlySpan<int> NounOfAction => _nouns;

    /// <summary>The action of a verb with a noun; -1 where no clip shows it.</summary>
    public int ActionOf(int verb, int noun) => Actions.TryFind(NameOf((verb, noun)), out int action) ? action : -1;

    /// <summary>Collects the actions of files of clips.</summary>
    /// <exception cref="DataException">A file is missing or wrong.</exception>
    public static EpicKitchensClasses Read(params ReadOnlySpan<string> paths)
    {
        HashSet<(int Verb, int Noun)> pairs = [];
        foreach (string path in paths)
        {
            EpicKitchens.AddActions(path, pairs);
        }

        return new EpicKitchensClasses(pairs);
    }

    /// <summary>Reads the pairs back from a list of actions, as a run or a checkpoint keeps it.</summary>
    /// <exception cref="DataException">A name is no pair of numbers.</exception>
    public static EpicKitchensClasses Of(ClassList actions) => new(actions.Names.Select(name =>
        name.Split(':') is [string verb, string noun]
        && ClassList.TryNumber(verb, out int verbNumber) && ClassList.TryNumber(noun, out int nounNumber)
            ? (verbNumber, nounNumber)
            : throw new DataException($"The action '{name}' is no pair of a verb and a noun, such as '10:0'.")));

    private static string NameOf((int Verb, int Noun) pair) => string.Create(CultureInfo.InvariantCulture, $"{pair.Verb}:{pair.Noun}");
}
