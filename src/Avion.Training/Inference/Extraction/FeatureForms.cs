namespace Avion.Training;

/// <summary>Makes the files of an extraction out of those that grew; what was made already is left, so that it may be stopped and called
/// again.</summary>
internal static class FeatureForms
{
    public const string ParquetName = "clips.parquet", SafetensorsName = "clips.safetensors";

    /// <summary>Gives all files their names and forms.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="form">The form.</param>
    /// <param name="state">What it holds.</param>
    /// <returns>The files that there are then.</returns>
    public static string[] Complete(string folder, FeatureForm form, ExtractionState state)
    {
        List<string> files = [];
        string rows = FeatureSpool.PathOf(folder, ClipLines.FileName);
        FeatureSpool.WriteHeaders(folder, state);
        if (form == FeatureForm.Npy)
        {
            foreach (StoredOutput output in state.Outputs)
            {
                Rename(folder, output.File, files);
            }

            Rename(folder, ClipLines.FileName, files);
        }
        else
        {
            string name = form == FeatureForm.Parquet ? ParquetName : SafetensorsName;
            if (File.Exists(rows))
            {
                using ExtractedFeatures features = new(state, name => FeatureSpool.PathOf(folder, name));
                features.Write(Path.Combine(folder, name), form);
            }

            // The rows go first: without them the file is not made again.
            foreach (string part in (IEnumerable<string>)[ClipLines.FileName, .. state.Outputs.Select(output => output.File)])
            {
                File.Delete(FeatureSpool.PathOf(folder, part));
            }

            files.Add(name);
        }

        foreach (string name in (string[])[ClipLines.FailuresFileName, PredictionLines.FileName])
        {
            string partial = FeatureSpool.PathOf(folder, name);
            if (File.Exists(partial) && new FileInfo(partial).Length == 0)
            {
                File.Delete(partial);
                File.Delete(Path.Combine(folder, name));
            }
            else
            {
                Rename(folder, name, files);
            }
        }

        DurableFiles.SyncFolder(folder);
        return [.. files];
    }

    private static void Rename(string folder, string name, List<string> files)
    {
        string partial = FeatureSpool.PathOf(folder, name), whole = Path.Combine(folder, name);
        if (File.Exists(partial))
        {
            File.Move(partial, whole, overwrite: true);
        }

        if (File.Exists(whole))
        {
            files.Add(name);
        }
    }
}
