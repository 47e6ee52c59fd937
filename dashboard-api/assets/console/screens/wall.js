// Screen 4.
export const title = () => "Wall";
export function mount() { return {}; }
