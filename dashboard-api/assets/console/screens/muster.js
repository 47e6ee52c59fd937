// Musters: the list of them, or the board of one.

import { musterBoard } from "../people/muster_board.js";
import { musterList } from "../people/muster_list.js";

export const title = ({ id }) => (id ? `Muster ${id}` : "Musters");

export const mount = (root, { id }, ctx) => (id ? musterBoard(root, id, ctx) : musterList(root, ctx));
