namespace Avion.Training;

/// <summary>Classes as texts: each name put into every template.</summary>
/// <param name="Classes">Names by number.</param>
/// <param name="Templates">Texts with <c>{}</c> where the name goes.</param>
public sealed record ZeroShotClasses(ClassList Classes, IReadOnlyList<string> Templates)
{
    private const string Place = "{}";

    /// <summary>The word for <see cref="Egocentric"/> in place of templates.</summary>
    public const string EgocentricWord = "egocentric";

    /// <summary>Templates in the form of Ego4D's narrations, where <c>C</c> is who wears the camera: those by which LaViLa and AVION
    /// classify without training (Zhao et al. 2022, arXiv:2212.04501).</summary>
    public static IReadOnlyList<string> Egocentric { get; } = ["#C C {}", "#C {}"];

    /// <summary>Reads what a recipe names: templates themselves, <c>egocentric</c>, or a file with one a line.</summary>
    /// <exception cref="DataException">A file is missing or wrong, or a template has no place for the name.</exception>
    public static ZeroShotClasses Read(string classes, TextList templates) =>
        new(ClassList.Read(classes), ReadTemplates(templates, "evaluate.templates"));

    /// <summary>Reads templates themselves, <c>egocentric</c>, or a file of them, which is a <see cref="ListedTexts"/>.</summary>
    /// <param name="templates">What is named.</param>
    /// <param name="setting">Where it is named, for messages.</param>
    /// <param name="tell">Told what of a file is passed over; null for nobody.</param>
    /// <exception cref="DataException">A file is missing or wrong, or a template has no place for the name.</exception>
    public static IReadOnlyList<string> ReadTemplates(IReadOnlyList<string> templates, string setting, Action<string>? tell = null)
    {
        if (templates is [EgocentricWord])
        {
            return Egocentric;
        }

        if (templates is [string only] && !HasPlace(only))
        {
            return Path.Exists(only) ? ReadTemplates(ListedTexts.Read(only, "template", static text => text), tell)
                : throw new DataException($"{setting}: '{only}' has no {Place}, where the name of a class goes, and there is no file of "
                    + $"that name. Write a text such as 'a video of {Place}.', or name a file with one on each line.");
        }

        string? wrong = templates.FirstOrDefault(template => !HasPlace(template));
        return templates.Count > 0 && wrong is null
            ? templates
            : throw new DataException($"{setting}: got '{wrong}', expected texts such as 'a video of {Place}.' with {Place} where the name "
                + "of a class goes, or one file of them.");
    }

    /// <summary>The texts of one class.</summary>
    public IEnumerable<string> TextsOf(int number) =>
        Templates.Select(template => template.Replace(Place, Classes[number].Replace('_', ' '), StringComparison.Ordinal));

    /// <summary>The vector of each class, [K, E]: the mean of its texts' unit vectors, scaled to length one.</summary>
    public float[] Encode(DualEncoder model, ICaptionEncoder encoder, int textsPerBatch, CancellationToken cancellation)
    {
        IReadOnlyList<int[]> tokens = CaptionFeatures.Tokenize(
            encoder, Enumerable.Range(0, Classes.Count).SelectMany(TextsOf), model.Config.Text.ContextLength);
        float[] texts = CaptionFeatures.Encode(model, tokens, textsPerBatch, cancellation);
        int size = model.Config.EmbeddingSize;
        float[] classes = new float[Classes.Count * size];
        for (int text = 0; text < tokens.Count; text++)
        {
            int at = text / Templates.Count * size;
            for (int i = 0; i < size; i++)
            {
                classes[at + i] += texts[(text * size) + i] / Templates.Count;
            }
        }

        UnitVectors.Normalize(classes, size);
        return classes;
    }

    private static IReadOnlyList<string> ReadTemplates(ListedTexts file, Action<string>? tell)
    {
        for (int i = 0; i < file.Texts.Count; i++)
        {
            if (!HasPlace(file.Texts[i]))
            {
                throw new DataException($"'{file.Path}', line {file.Lines[i]}: '{file.Texts[i]}' has no {Place}, where the name of a class "
                    + $"goes, as in 'a video of {Place}.'.");
            }
        }

        foreach (string note in file.Notes)
        {
            tell?.Invoke(note);
        }

        return file.Texts;
    }

    /// <summary>Whether a text has the place where the name of a class goes.</summary>
    public static bool HasPlace(string template) => template.Contains(Place, StringComparison.Ordinal);
}
