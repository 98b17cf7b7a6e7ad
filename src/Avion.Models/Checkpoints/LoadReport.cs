namespace Avion.Models;

/// <summary>How the tensors of a file and the parameters of a model go together.</summary>
public sealed class LoadReport
{
    private const int ListedNames = 5;

    private readonly List<Parameter> _matching = [];
    private readonly List<string> _missing = [], _unreadable = [], _unknown = [], _mismatched = [];

    private LoadReport()
    {
    }

    /// <summary>Parameters that the file has, in the model's shape.</summary>
    public IReadOnlyList<Parameter> Matching => _matching;

    /// <summary>Names of parameters that the file lacks.</summary>
    public IReadOnlyList<string> Missing => _missing;

    /// <summary>Names of parameters that the file has in a form that Avion does not read, and which.</summary>
    public IReadOnlyList<string> Unreadable => _unreadable;

    /// <summary>Names of tensors that the model has no place for.</summary>
    public IReadOnlyList<string> Unknown => _unknown;

    /// <summary>Names in both whose shapes differ, with both shapes.</summary>
    public IReadOnlyList<string> Mismatched => _mismatched;

    /// <summary>Whether everything has its place.</summary>
    public bool IsComplete => _missing.Count + _unreadable.Count + _unknown.Count + _mismatched.Count == 0;

    internal static LoadReport Compare(TensorArchive archive, ParameterStore parameters)
    {
        LoadReport report = new();
        foreach (Parameter parameter in parameters.Parameters)
        {
            if (!archive.TryFind(parameter.Name, out TensorEntry entry))
            {
                SkippedMember? skipped = archive.Skipped.FirstOrDefault(member => member.Name == parameter.Name);
                (skipped is null ? report._missing : report._unreadable).Add(skipped?.ToString() ?? parameter.Name);
            }
            else if (!entry.HasShape || entry.Shape != parameter.Shape)
            {
                report._mismatched.Add($"{parameter.Name} (file {entry.ShapeText}, model {parameter.Shape})");
            }
            else
            {
                report._matching.Add(parameter);
            }
        }

        report._unknown.AddRange(archive.Entries.Where(entry => !parameters.Contains(entry.Name)).Select(entry => entry.Name));
        return report;
    }

    internal void ThrowUnlessComplete(string path)
    {
        if (IsComplete)
        {
            return;
        }

        List<string> faults = [];
        Describe(faults, _missing, "lacks");
        Describe(faults, _unreadable, "has, in a form that Avion does not read,");
        Describe(faults, _mismatched, "has in another shape");
        Describe(faults, _unknown, "has, unknown to the model,");
        throw new CheckpointException(path, "it " + string.Join("; it ", faults), _unreadable.Count > 0
                ? "Convert these to float32 with the program that wrote them."
                : "A recipe begins with what fits by model.initialize_from; other models are made by 'avion convert IN OUT --to avion'.");
    }

    private static void Describe(List<string> faults, List<string> names, string verb)
    {
        if (names.Count > 0)
        {
            string listed = string.Join(", ", names.Take(ListedNames));
            faults.Add($"{verb} {names.Count} tensor{(names.Count == 1 ? "" : "s")}: {listed}{(names.Count > ListedNames ? ", …" : "")}");
        }
    }
}
