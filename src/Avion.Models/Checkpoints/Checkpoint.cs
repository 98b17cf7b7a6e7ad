namespace Avion.Models;

/// <summary>Saves models to files that describe themselves, and makes models from such files.</summary>
public static class Checkpoint
{
    /// <summary>The file of weights inside a folder of a checkpoint.</summary>
    public const string FileName = "model.safetensors";

    /// <summary>Writes all parameters of a model with its description; the file appears whole or not at all.</summary>
    /// <param name="path">The file, or an existing folder, in which it is called <see cref="FileName"/>.</param>
    /// <param name="model">What to save.</param>
    /// <param name="details">Tokenizer and recipe; the architecture is the model's own.</param>
    /// <param name="type">Float32 keeps every bit; the 16-bit types halve the file.</param>
    public static void Save(string path, Model model, CheckpointDetails? details = null, ElementType type = ElementType.Float32)
    {
        List<TensorEntry> entries = [];
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            entries.Add(new TensorEntry(parameter.Name, type, Array.ConvertAll(parameter.Shape.ToArray(), extent => (long)extent)));
        }

        details = (details ?? new CheckpointDetails()) with { Architecture = model.Architecture };
        using SafetensorsWriter writer = new(FileOf(path), entries, details.ToMetadata());
        for (int i = 0; i < entries.Count; i++)
        {
            TensorTransfer.Write(writer, entries[i], model.Device, model.Parameters.Parameters[i].Master);
        }

        writer.Complete();
    }

    /// <summary>Reads what a checkpoint tells about itself.</summary>
    public static CheckpointDetails ReadDetails(string path)
    {
        using TensorArchive archive = TensorArchive.Open(FileOf(path));
        return CheckpointDetails.Of(archive);
    }

    /// <summary>Makes the model that a checkpoint describes, whatever its kind, with its weights.</summary>
    /// <param name="path">A file that <see cref="Save"/> wrote, or its folder.</param>
    /// <param name="device">Where the model lives.</param>
    /// <param name="withGradients">False for evaluation alone.</param>
    /// <exception cref="CheckpointException">The file is damaged, or does not say what model it holds.</exception>
    public static Model Load(string path, Device device, bool withGradients = true) => Load<Model>(path, device, withGradients, "a model");

    /// <summary>As <see cref="Load"/>, where only a dual encoder will do.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or describes another kind of model.</exception>
    public static DualEncoder LoadDualEncoder(string path, Device device, bool withGradients = true) =>
        Load<DualEncoder>(path, device, withGradients, "a dual encoder");

    /// <summary>As <see cref="Load"/>, where only a classifier over a dual encoder's vision tower will do.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or describes another kind of model.</exception>
    public static VideoClassifier LoadVideoClassifier(string path, Device device, bool withGradients = true) =>
        Load<VideoClassifier>(path, device, withGradients, "a video classifier");

    /// <summary>As <see cref="Load"/>, where only a masked video autoencoder will do.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or describes another kind of model.</exception>
    public static VideoMae LoadVideoMae(string path, Device device, bool withGradients = true) =>
        Load<VideoMae>(path, device, withGradients, "a masked video autoencoder");

    /// <summary>As <see cref="Load"/>, where only a classifier over a VideoMAE encoder will do.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or describes another kind of model.</exception>
    public static VideoMaeClassifier LoadVideoMaeClassifier(string path, Device device, bool withGradients = true) =>
        Load<VideoMaeClassifier>(path, device, withGradients, "a VideoMAE classifier");

    /// <summary>Fills a model with the weights of a file that uses the model's own names.</summary>
    /// <param name="path">The file, or its folder.</param>
    /// <param name="model">What to fill.</param>
    /// <param name="partially">Whether to take what fits and leave the rest as it is.</param>
    /// <returns>What did not fit; empty unless <paramref name="partially"/>.</returns>
    /// <exception cref="CheckpointException">Names or shapes differ, and loading in part was not
    /// asked for. The model is unchanged.</exception>
    public static LoadReport LoadInto(string path, Model model, bool partially = false)
    {
        using TensorArchive archive = TensorArchive.Open(FileOf(path));
        return LoadInto(archive, model, partially);
    }

    /// <summary>As <see cref="LoadInto(string, Model, bool)"/>, from an open file.</summary>
    public static LoadReport LoadInto(TensorArchive archive, Model model, bool partially = false)
    {
        LoadReport report = LoadReport.Compare(archive, model.Parameters);
        if (!partially)
        {
            report.ThrowUnlessComplete(archive.Path);
        }

        foreach (Parameter parameter in report.Matching)
        {
            TensorTransfer.Read(archive, archive[parameter.Name], model.Device, parameter.Master);
        }

        model.Parameters.RefreshValues();
        return report;
    }

    private static TModel Load<TModel>(string path, Device device, bool withGradients, string wanted)
        where TModel : Model
    {
        using TensorArchive archive = TensorArchive.Open(FileOf(path));
        Model model = RequireArchitecture(archive).Create(device, withGradients);
        try
        {
            TModel typed = model as TModel ?? throw new CheckpointException(archive.Path,
                $"it holds {model.Architecture.Kind}, expected {wanted}");
            LoadInto(archive, typed);
            return typed;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The description of the model that a file holds, whose names and shapes are the file's.</summary>
    /// <exception cref="CheckpointException">The file does not say what it holds, or holds something else.</exception>
    internal static ModelArchitecture RequireArchitecture(TensorArchive archive)
    {
        if (CheckpointDetails.Of(archive).Architecture is not { } architecture)
        {
            throw new CheckpointException(archive.Path, "it does not say what model it holds",
                "Convert weights of other programs with 'avion convert IN OUT --to avion'.");
        }

        CheckSizes(archive, architecture);
        return architecture;
    }

    /// <summary>Compares names and shapes before the model is made: a false description takes no memory.</summary>
    private static void CheckSizes(TensorArchive archive, ModelArchitecture architecture)
    {
        try
        {
            using PlanningDevice nowhere = new();
            using Model planned = architecture.Create(nowhere, withGradients: false);
            LoadReport report = LoadReport.Compare(archive, planned.Parameters);
            if (!report.IsComplete && archive is TorchFile
                && WeightSet.From(archive).Family is not WeightFamily.Avion and WeightFamily other)
            {
                throw new CheckpointException(archive.Path, $"its weights have the names of {WeightFamilies.NameOf(other)}",
                    "Convert them with 'avion convert IN OUT --to avion'.");
            }

            report.ThrowUnlessComplete(archive.Path);
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException or NotSupportedException)
        {
            throw new CheckpointException(archive.Path, "its description is of no model that can be made "
                + $"({exception.Message.TrimEnd('.')})",
                inner: exception);
        }
    }

    private static string FileOf(string path) => Directory.Exists(path) ? Path.Combine(path, FileName) : path;
}
