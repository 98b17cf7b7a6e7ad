namespace Avion.Training;

/// <summary>Clips with labels, and the classes that number them.</summary>
public sealed record ClassificationData : TrainingData
{
    private const string ActionLabel = "action";

    /// <summary>The classes of each label of a clip, in the order of its labels.</summary>
    public required IReadOnlyList<ClassList> Labels { get; init; }

    /// <summary>Place of the label that is learned among those of a clip.</summary>
    public required int LabelIndex { get; init; }

    /// <summary>The classes that are learned.</summary>
    public ClassList Classes => Labels[LabelIndex];

    /// <summary>Verbs and nouns of the actions, where actions of EPIC-KITCHENS-100 are learned; otherwise null.</summary>
    public EpicKitchensClasses? Actions { get; init; }

    /// <summary>File of the classes, which checkpoints carry along.</summary>
    public required string ClassesPath { get; init; }

    /// <summary>Reads annotations and finds videos; training decides the classes where the folder has none.</summary>
    /// <param name="recipe">A classification recipe.</param>
    /// <param name="folder">The run or the checkpoint, which keeps the classes.</param>
    /// <param name="purpose">Evaluation needs the validation set alone.</param>
    /// <exception cref="DataException">Annotations, videos or classes are missing or wrong.</exception>
    /// <exception cref="RunException">The recipe names no data or another number of classes, or a checkpoint has no classes.</exception>
    public static ClassificationData Open(Recipe recipe, string folder, TaskPurpose purpose)
    {
        ClassificationOptions options = ClassificationOptions.Of(recipe);
        string path = Path.Combine(folder, ClassFile.FileName);
        bool isKept = File.Exists(path), isTraining = purpose == TaskPurpose.Training;
        if (!isKept && !isTraining)
        {
            throw new RunException($"Checkpoint '{folder}' has no {ClassFile.FileName}, by which labels are numbered.");
        }

        AnnotatedVideos? training = null, validation = null;
        if (!isKept && options.ClassFiles.Count == 0)
        {
            (training, validation) = ClipSets.ReadTogether(recipe, new AnnotationOptions { Use = AnnotationUse.Labels });
        }

        IReadOnlyList<ClassList> labels = isKept ? ClassFile.Read(path)
            : Sized(training?.Tables.First().Classes ?? ClipAnnotations.ReadClasses([.. options.ClassFiles]), options);
        int index = IndexOf(labels, options);
        bool isAction = labels[index].Label == ActionLabel && labels.Count > 1;
        if (isTraining && !isKept)
        {
            ClassFile.Write(path, labels);
        }

        if (!isAction && recipe.Evaluate.BestMetric is { } metric && ClassificationTask.IsOfActions(metric))
        {
            throw new RunException($"evaluate.best_metric is {metric}, which only actions of EPIC-KITCHENS-100 have; the label that is "
                + $"learned is '{labels[index].Label}'. Set evaluate.best_metric=top1.");
        }

        AnnotationOptions reading = new() { Use = AnnotationUse.Labels, Classes = labels };
        bool areRead = training is not null;
        training?.Adopt(labels);
        validation?.Adopt(labels);
        training ??= isTraining ? ClipSets.ReadTraining(recipe, reading) : null;
        return new ClassificationData
        {
            Counts = [("classes", labels[index].Count)],
            Warnings = training is null ? [] : [.. WarnOfUnseen(labels[index], index, training.Tables)],
            Labels = labels,
            LabelIndex = index,
            Actions = isAction ? EpicKitchensClasses.Of(labels[index]) : null,
            ClassesPath = path,
            Train = training is null ? null : ClipSets.ForTraining(recipe, training),
            Validation = !areRead
                ? ClipSets.ForValidation(recipe, reading with { MarksUnknownClasses = isAction, AllowsUnlabelled = !isTraining })
                : validation is null ? null : ClipSets.ForValidation(recipe, validation),
            ClipIds = ClipSets.NarrationIds(recipe.Data.Validation),
            OpenSource = () => new VideoClipSource(),
        };
    }

    /// <summary>The classes of a new run, as many as the recipe says.</summary>
    private static IReadOnlyList<ClassList> Sized(IReadOnlyList<ClassList> told, ClassificationOptions options)
    {
        ClassList[] labels = [.. told];
        int index = IndexOf(labels, options);
        ClassList classes = labels[index];
        if (options.Classes == 0 || options.Classes == classes.Count)
        {
            return labels;
        }

        if (classes.HasNames || classes.Count > options.Classes)
        {
            string source = options.ClassFiles.Count > 0 ? "data.classes names" : "data.train and data.validation have";
            throw new RunException($"{source} {classes.Count} classes of '{classes.Label}', model.classes is {options.Classes}. Set "
                + $"model.classes={classes.Count}, or 0 to take as many as there are"
                + (classes.Count < options.Classes ? ", or name all classes in data.classes." : "."));
        }

        // Numbers alone: classes that no clip has are there all the same.
        labels[index] = ClassList.Numbered(classes.Label, options.Classes);
        return labels;
    }

    /// <summary>Tells classes that no clip shows: nothing teaches the model to predict them.</summary>
    private static IEnumerable<string> WarnOfUnseen(ClassList classes, int index, IEnumerable<ClipTable> tables)
    {
        const int MostNamed = 5;
        bool[] isSeen = new bool[classes.Count];
        foreach (ClipTable table in tables)
        {
            for (int clip = 0; clip < table.Count; clip++)
            {
                if (table.LabelsOf(clip)[index] is >= 0 and int label)
                {
                    isSeen[label] = true;
                }
            }
        }

        if (isSeen.Count(seen => seen) == 1)
        {
            string only = classes.Names[Array.IndexOf(isSeen, true)];
            yield return $"All clips to train on have the class '{only}' of '{classes.Label}': there is nothing to tell apart, "
                + "and metrics say nothing of the model. Check the annotations of data.train, or data.label.";
        }

        string[] unseen = [.. classes.Names.Where((_, label) => !isSeen[label])];
        if (unseen.Length > 0)
        {
            string more = unseen.Length > MostNamed ? $" and {unseen.Length - MostNamed} more" : "";
            yield return $"{unseen.Length} of {classes.Count} classes of '{classes.Label}' have no clip to train on, and cannot be "
                + $"learned: {string.Join(", ", unseen.Take(MostNamed).Select(name => $"'{name}'"))}{more}.";
        }
    }

    /// <summary>The classes that are learned, of those of all labels.</summary>
    internal static ClassList LearnedOf(IReadOnlyList<ClassList> labels, ClassificationOptions options) => labels[IndexOf(labels, options)];

    private static int IndexOf(IReadOnlyList<ClassList> labels, ClassificationOptions options)
    {
        string wanted = options.Label.Length > 0 ? options.Label
            : labels.Any(list => list.Label == ActionLabel) ? ActionLabel : labels[0].Label;
        for (int index = 0; index < labels.Count; index++)
        {
            if (labels[index].Label == wanted)
            {
                return index;
            }
        }

        throw new RunException($"data.label is '{wanted}', expected one of the labels that clips have: "
            + $"{string.Join(", ", labels.Select(list => list.Label))}.");
    }
}
