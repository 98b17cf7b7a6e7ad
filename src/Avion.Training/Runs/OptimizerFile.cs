namespace Avion.Training;

/// <summary>An optimizer's states as a safetensors file: for each state and trained parameter a tensor <c>STATE.PARAMETER</c>.</summary>
internal static class OptimizerFile
{
    private const string StepKey = "avion.optimizer_steps";

    /// <summary>Writes all states; the file is on the disk on return.</summary>
    public static void Save(string path, Optimizer optimizer, Device device)
    {
        (TensorEntry Entry, Tensor Values)[] tensors =
        [
            .. from state in optimizer.States
               from slice in state.Value.Layout.Slices
               let extents = Array.ConvertAll(slice.Shape.ToArray(), extent => (long)extent)
               select (new TensorEntry($"{state.Key}.{slice.Name}", ElementType.Float32, extents), state.Value[slice]),
        ];
        Dictionary<string, string> metadata = new() { [StepKey] = optimizer.StepCount.ToString(CultureInfo.InvariantCulture) };
        using SafetensorsWriter writer = new(path, [.. tensors.Select(tensor => tensor.Entry)], metadata);
        foreach ((TensorEntry entry, Tensor values) in tensors)
        {
            TensorTransfer.Write(writer, entry, device, values);
        }

        writer.Complete();
    }

    /// <summary>Reads all states.</summary>
    /// <exception cref="RunException">The file is of another model or optimizer.</exception>
    public static void Load(string path, Optimizer optimizer, Device device)
    {
        using SafetensorsFile file = new(path);
        int expected = 0;
        foreach ((string state, FlatBuffer buffer) in optimizer.States)
        {
            foreach (FlatSlice slice in buffer.Layout.Slices)
            {
                string name = $"{state}.{slice.Name}";
                if (!file.TryFind(name, out TensorEntry entry) || !entry.HasShape || entry.Shape != slice.Shape)
                {
                    throw new RunException($"'{path}' has no tensor '{name}' of shape {slice.Shape}: "
                        + "it belongs to another model or optimizer.");
                }

                TensorTransfer.Read(file, entry, device, buffer[slice]);
                expected++;
            }
        }

        if (file.Entries.Count != expected
            || !file.Metadata.TryGetValue(StepKey, out string? text)
            || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long steps))
        {
            throw new RunException($"'{path}' has {file.Entries.Count} tensors, expected {expected} and the count of steps: "
                + "it belongs to another model or optimizer.");
        }

        optimizer.StepCount = steps;
    }
}
