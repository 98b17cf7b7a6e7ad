namespace Avion.Data;

/// <summary>Reads annotations of any form that is known, told apart by their ending and their first line.</summary>
public static class ClipAnnotations
{
    /// <summary>Reads one file.</summary>
    /// <exception cref="DataException">The file is missing or wrong, of an unknown form, or lacks what is used of it.</exception>
    public static ClipTable Read(string path, AnnotationOptions? options = null) => ReadAll([path], options)[0];

    /// <summary>Reads the files of one data set; where no classes are given, all files share those of all of them.</summary>
    /// <exception cref="DataException">A file is missing or wrong, of an unknown form, or lacks what is used of it.</exception>
    public static IReadOnlyList<ClipTable> ReadAll(IReadOnlyList<string> paths, AnnotationOptions? options = null) =>
        Prepare([.. paths.Select(path => ReadFile(path, options ?? new AnnotationOptions()))], options);

    /// <summary>Leaves in the tables of one data set, which were read one by one, what is used of them; where no classes are given, all
    /// share those of all of them.</summary>
    /// <exception cref="DataException">A table lacks what is used of it, or has a class that is none of those given.</exception>
    public static IReadOnlyList<ClipTable> Prepare(IReadOnlyList<ClipTable> annotated, AnnotationOptions? options = null)
    {
        options ??= new AnnotationOptions();
        ClipTable[] tables = [.. annotated.Select(table => Require(table, options))];
        IReadOnlyList<ClassList> classes = options.Classes.Count > 0 ? options.Classes : Join(tables);
        foreach (ClipTable table in tables)
        {
            table.Adopt(classes, options.MarksUnknownClasses);
        }

        return tables;
    }

    /// <summary>Reads the classes that files tell: lists of names (<see cref="ClassList.Read"/>), or clips of EPIC-KITCHENS-100, whose
    /// verbs, nouns and actions are numbered as published when its training and its validation file are given together.</summary>
    /// <exception cref="DataException">A file is missing or wrong.</exception>
    public static IReadOnlyList<ClassList> ReadClasses(IReadOnlyList<string> paths) =>
        paths.Count > 0 && paths.All(EpicKitchens.IsClips)
            ? EpicKitchensClasses.Read([.. paths]).Lists
            : [.. paths.Select(path => ClassList.Read(path))];

    /// <summary>Whether a file is named like annotations; what it says is not looked at.</summary>
    public static bool AreNamed(string path) => AnnotationForms.ByEnding(path) is not null;

    private static ClipTable ReadFile(string path, AnnotationOptions options)
    {
        AnnotationForm form = AnnotationForms.Of(path);
        AnnotationCache? cache = options.CacheFolder is { } folder
            ? folder.Length == 0 ? null : new AnnotationCache(folder)
            : AnnotationCache.OfUser();
        bool weighs = form == AnnotationForm.NarrationPickle && options.WeighsCaptions;
        return cache is null ? Parse() : cache.Read(path, weighs ? $"{form} by likelihood" : $"{form}", Parse);

        ClipTable Parse() => form switch
        {
            AnnotationForm.CaptionJsonLines => CaptionJsonLines.Read(path),
            AnnotationForm.EpicKitchens => EpicKitchens.Read(path),
            AnnotationForm.KineticsList => KineticsList.Read(path),
            AnnotationForm.NarrationPickle => NarrationPickle.Read(path, weighs),
            _ => CaptionCsv.Read(path),
        };
    }

    private static ClipTable Require(ClipTable table, AnnotationOptions options)
    {
        AnnotationUse use = options.Use;
        if (use == AnnotationUse.Labels && table.LabelCount == 0 && !options.AllowsUnlabelled)
        {
            throw new DataException($"'{table.Name}' has no labels, expected a class for each clip: a column 'label', "
                + "or lines of 'path label'.");
        }

        if (use == AnnotationUse.Captions && table.Captions.Count == 0)
        {
            throw new DataException($"'{table.Name}' has no captions, expected one for each clip: a column 'caption'.");
        }

        return use switch
        {
            AnnotationUse.Captions => table.WithCaptions().WithoutLabels(),
            AnnotationUse.Clips => table.WithoutLabels(),
            _ => table,
        };
    }

    /// <summary>The classes of several files together: names in ordinal order, or the numbers up to the highest.</summary>
    private static IReadOnlyList<ClassList> Join(ReadOnlySpan<ClipTable> tables)
    {
        Dictionary<string, List<ClassList>> byLabel = [];
        foreach (ClipTable table in tables)
        {
            foreach (ClassList classes in table.Classes)
            {
                (byLabel.TryGetValue(classes.Label, out List<ClassList>? lists) ? lists : byLabel[classes.Label] = []).Add(classes);
            }
        }

        return
        [
            .. byLabel.Values.Select(lists => lists.TrueForAll(list => list.HasNames)
                ? ClassList.OfNames(lists[0].Label, lists.SelectMany(list => list.Names))
                : ClassList.Numbered(lists[0].Label, lists.Max(list => list.Count))),
        ];
    }
}
